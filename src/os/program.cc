#include "os/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/check.h"
#include "os/error.h"
#include "os/file.h"

namespace daybook::os {
namespace {

constexpr int kForwarded[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2};
// How long children that outlive the program may pause before their output is given up.
constexpr int kPauseMs = 100;

sigset_t watched_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : kForwarded) ::sigaddset(&set, signal);
    ::sigaddset(&set, SIGCHLD);
    return set;
}

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "make", "a pipe"));
    return Pipe{.read = UniqueFd(ends[0]), .write = UniqueFd(ends[1])};
}

// "NAME=value" of this process and of the program alone, whose values win.
std::vector<std::string> environment_of(const ProgramSpec& spec) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string name(text.substr(0, text.find('=')));
        if (!spec.environment.contains(name)) all.emplace_back(text);
    }
    for (const auto& [name, value] : spec.environment) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

Result<pid_t> spawn(const ProgramSpec& spec, const UniqueFd& out, const UniqueFd& err) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t defaults = watched_signals();
    ::sigaddset(&defaults, SIGPIPE);
    ::sigaddset(&defaults, SIGXFSZ);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

    const std::vector<std::string> environment = environment_of(spec);
    pid_t pid = -1;
    const int error_number =
        ::posix_spawnp(&pid, spec.argv[0].c_str(), &actions, &attributes,
                       pointers_to(spec.argv).data(), pointers_to(environment).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error_number != 0) return fail(errno_error(error_number, "start", spec.argv[0]));
    return pid;
}

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

// Watches one program.
class Supervisor {
public:
    Supervisor(pid_t pid, UniqueFd signals, UniqueFd out, UniqueFd err, const OutputSink& sink)
        : pid_(pid),
          signals_(std::move(signals)),
          outputs_{std::move(out), std::move(err)},
          sink_(sink) {}

    Result<ProgramEnd> watch() {
        while (!has_ended_ || is_open()) {
            std::array<pollfd, 3> fds = {pollfd{signals_.get(), POLLIN, 0},
                                         pollfd{outputs_[0].get(), POLLIN, 0},
                                         pollfd{outputs_[1].get(), POLLIN, 0}};
            const int ready = ::poll(fds.data(), fds.size(), has_ended_ ? kPauseMs : -1);
            if (ready < 0 && errno != EINTR) return fail(errno_error(errno, "wait for", "output"));
            if (ready == 0 && has_ended_) break;
            if (ready <= 0) continue;
            for (std::size_t i = 0; i < 2; ++i) {
                if (fds[i + 1].revents != 0) RETURN_IF_ERROR(pass_on(i));
            }
            if (fds[0].revents != 0) RETURN_IF_ERROR(take_signals());
        }
        return end_;
    }

private:
    bool is_open() const { return outputs_[0].get() >= 0 || outputs_[1].get() >= 0; }

    Status pass_on(std::size_t which) {
        std::array<char, 65'536> buffer;
        const ssize_t count = ::read(outputs_[which].get(), buffer.data(), buffer.size());
        if (count < 0) {
            if (errno == EINTR) return {};
            return fail(errno_error(errno, "read", "the program's output"));
        }
        if (count == 0) {
            outputs_[which] = UniqueFd();
        } else {
            sink_(which == 0 ? OutputStream::kOut : OutputStream::kErr,
                  std::string_view(buffer.data(), static_cast<std::size_t>(count)));
        }
        return {};
    }

    Status take_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
            const int signal = static_cast<int>(info.ssi_signo);
            if (signal == SIGCHLD) {
                RETURN_IF_ERROR(reap());
                continue;
            }
            if (signal != SIGUSR1 && signal != SIGUSR2) end_.stopped_by = signal;
            // What the kernel sends, a terminal's Ctrl-C, goes to the whole group.
            if (info.ssi_code == SI_USER && !has_ended_) ::kill(pid_, signal);
        }
        return {};
    }

    Status reap() {
        int status = 0;
        rusage usage{};
        const pid_t ended = ::wait4(pid_, &status, WNOHANG, &usage);
        if (ended < 0) return fail(errno_error(errno, "wait for", "the program"));
        if (ended != pid_) return {};
        has_ended_ = true;
        end_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        end_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        end_.use = use_of(usage);
        return {};
    }

    pid_t pid_;
    UniqueFd signals_;
    std::array<UniqueFd, 2> outputs_;
    const OutputSink& sink_;
    bool has_ended_ = false;
    ProgramEnd end_;
};

}  // namespace

Result<ProgramEnd> run_program(const ProgramSpec& spec, const OutputSink& sink) {
    DAYBOOK_CHECK(!spec.argv.empty());
    const sigset_t watched = watched_signals();
    ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
    UniqueFd signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (signals.get() < 0) return fail(errno_error(errno, "watch", "signals"));
    ASSIGN_OR_RETURN(Pipe out, make_pipe());
    ASSIGN_OR_RETURN(Pipe err, make_pipe());
    ASSIGN_OR_RETURN(const pid_t pid, spawn(spec, out.write, err.write));
    out.write = UniqueFd();
    err.write = UniqueFd();
    return Supervisor(pid, std::move(signals), std::move(out.read), std::move(err.read), sink)
        .watch();
}

}  // namespace daybook::os
