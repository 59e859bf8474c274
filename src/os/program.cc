#include "os/program.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>

#include "base/check.h"
#include "base/clock.h"
#include "os/interrupt.h"
#include "os/output_pump.h"
#include "os/process_tree.h"
#include "os/program_start.h"
#include "os/wake.h"

namespace daybook::os {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kGraceMs = 10'000;
// How often children of a program that was stopped are looked for.
constexpr std::int64_t kLookAgainMs = 20;
// How long one may take to die of SIGKILL: a disk that does not answer holds it.
constexpr std::int64_t kDeathMs = 2000;

std::int64_t now_ms() { return system_clock().monotonic_ns() / 1'000'000; }

std::int64_t milliseconds(const timeval& time) {
    return std::int64_t{time.tv_sec} * 1000 + time.tv_usec / 1000;
}

ResourceUse use_of(const rusage& usage) {
    constexpr std::int64_t kBlock = 512;  // ru_inblock and ru_oublock, whatever the disk's is
    return {.user_ms = milliseconds(usage.ru_utime),
            .system_ms = milliseconds(usage.ru_stime),
            .peak_bytes = std::int64_t{usage.ru_maxrss} * 1024,
            .read_bytes = std::int64_t{usage.ru_inblock} * kBlock,
            .written_bytes = std::int64_t{usage.ru_oublock} * kBlock,
            .context_switches = std::int64_t{usage.ru_nvcsw} + usage.ru_nivcsw};
}

// Watches one program: signals and time.  Its output is looked after by others.
class Supervisor {
public:
    Supervisor(pid_t pid, const WatchedSignals& signals, const ProgramSpec& spec)
        : pid_(pid), signals_(signals), spec_(spec) {
        if (spec_.timeout_ms > 0) stop_at_ms_ = now_ms() + spec_.timeout_ms;
    }

    // Returns when the program has ended.
    void watch() {
        while (!has_ended_) {
            act_by_time();
            sleep_until_signal();
        }
    }
    // After a timeout nothing of the program is left, what it has started meanwhile included.
    void end_descendants() {
        std::int64_t give_up_at_ms = kNever;
        while (end_.timed_out) {
            reap();
            const ProcessTree tree = ProcessTree::below_this_thread();
            end_.left_alive = tree.alive();
            if (end_.left_alive == 0 || now_ms() >= give_up_at_ms) return;
            if (give_up_at_ms == kNever && now_ms() >= kill_at_ms_) {
                give_up_at_ms = now_ms() + kDeathMs;
            }
            if (give_up_at_ms != kNever) tree.send(SIGKILL);
            pollfd fd{signals_.fd(), POLLIN, 0};
            if (::poll(&fd, 1, static_cast<int>(kLookAgainMs)) > 0) take_signals();
        }
    }
    bool has_timed_out() const { return end_.timed_out; }
    // How long whoever does not do what is asked is waited for.
    std::int64_t grace_ms() const {
        return spec_.kill_after_ms > 0 ? spec_.kill_after_ms : kGraceMs;
    }
    ProgramEnd take() && { return std::move(end_); }

private:
    void act_by_time() {
        const std::int64_t now = now_ms();
        if (now >= stop_at_ms_) {
            stop_at_ms_ = kNever;
            end_.timed_out = true;
            ProcessTree::below_this_thread().send(SIGTERM);
            kill_at_ms_ = now + grace_ms();
        }
        if (now >= kill_at_ms_ && !has_killed_) {
            has_killed_ = true;
            const bool knows_all = end_.timed_out;
            (knows_all ? ProcessTree::below_this_thread() : ProcessTree::of(pid_)).send(SIGKILL);
        }
    }

    void sleep_until_signal() {
        const std::int64_t kill_at_ms = has_killed_ ? kNever : kill_at_ms_;
        const std::int64_t at_ms = std::min(stop_at_ms_, kill_at_ms);
        const std::int64_t wait_ms =
            at_ms == kNever ? -1 : std::clamp<std::int64_t>(at_ms - now_ms(), 0, 1'000'000);
        pollfd fd{signals_.fd(), POLLIN, 0};
        if (::poll(&fd, 1, static_cast<int>(wait_ms)) > 0) take_signals();
    }

    void take_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.fd(), &info, sizeof info) == sizeof info) {
            const int signal = static_cast<int>(info.ssi_signo);
            if (signal == SIGCHLD) {
                reap();
                continue;
            }
            // What the kernel sends, a terminal's Ctrl-C, goes to the whole group.
            const bool is_for_all = info.ssi_code == SI_KERNEL;
            if (!has_ended_ && !is_for_all) ::kill(pid_, signal);
            if (signal == SIGUSR1 || signal == SIGUSR2) continue;
            // It has come for the program's descendants, which a timeout has not ended yet.
            if (has_ended_) kill_at_ms_ = now_ms();
            if (has_ended_) continue;
            end_.stopped_by = signal;
            if (spec_.kill_after_ms > 0 && kill_at_ms_ == kNever) {
                kill_at_ms_ = now_ms() + spec_.kill_after_ms;
            }
        }
    }

    // The program, and orphans that have become ours.
    void reap() {
        int status = 0;
        rusage usage{};
        const pid_t whom = spec_.timeout_ms > 0 ? -1 : pid_;
        // Children of other threads are waited for there.
        while (const pid_t ended = ::wait4(whom, &status, WNOHANG | __WNOTHREAD, &usage)) {
            DAYBOOK_CHECK(ended >= 0 || has_ended_);  // nobody else waits for it
            if (ended < 0) return;
            if (ended == pid_) note_end(status, usage);
        }
    }

    void note_end(int status, const rusage& usage) {
        has_ended_ = true;
        end_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        end_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        end_.use = use_of(usage);
    }

    pid_t pid_;
    const WatchedSignals& signals_;
    const ProgramSpec& spec_;
    std::int64_t stop_at_ms_ = kNever;
    std::int64_t kill_at_ms_ = kNever;
    bool has_killed_ = false;
    bool has_ended_ = false;
    ProgramEnd end_;
};

}  // namespace

Result<ProgramEnd> run_program(const ProgramSpec& spec, const ProgramHost& host) {
    DAYBOOK_CHECK(!spec.argv.empty());
    ASSIGN_OR_RETURN(WatchedSignals signals, WatchedSignals::block());
    if (interrupted()) {
        return fail(ErrorCode::kCancelled, "start {}: interrupted before", spec.argv[0]);
    }
    ASSIGN_OR_RETURN(const WakeUp ended, WakeUp::make());
    std::optional<AdoptOrphans> adopts;
    if (spec.timeout_ms > 0) adopts.emplace();
    ASSIGN_OR_RETURN(StartedProgram started, start_program(spec, signals));
    if (host.started) host.started(started.pid);

    std::mutex mutex;
    const auto seen_by = [&mutex, &host](OutputStream stream) {
        return [&mutex, &host, stream](std::string_view bytes) {
            const std::lock_guard lock(mutex);
            if (host.output) host.output(stream, bytes);
        };
    };
    OutputPump out(std::move(started.out), spec.out_fd, seen_by(OutputStream::kOut), ended);
    OutputPump err(std::move(started.err), spec.err_fd, seen_by(OutputStream::kErr), ended);
    Supervisor supervisor(started.pid, signals, spec);
    supervisor.watch();
    supervisor.end_descendants();
    for (OutputPump* const pump : {&out, &err}) {
        if (supervisor.has_timed_out()) pump->set_patience(supervisor.grace_ms());
    }
    ended.signal();
    // From here on an impatient user's Ctrl-C is for us: there is no program to send it to.
    signals.restore();
    out.wait_until_read();
    err.wait_until_read();
    ProgramEnd end = std::move(supervisor).take();
    end.left_open = out.left_open() || err.left_open();
    if (host.ended) host.ended(end);
    out.join();
    err.join();
    end.output_error = out.error() ? out.error() : err.error();
    return end;
}

std::string signal_name(int signal) {
    const char* const name = ::sigabbrev_np(signal);
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace daybook::os
