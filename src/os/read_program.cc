#include "os/read_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "os/error.h"
#include "os/file.h"
#include "os/spawn_parts.h"
#include "os/spawn_plan.h"

namespace daybook::os {
namespace {

// Its exit code comes behind its output, not from waitpid(): a host that ignores SIGCHLD, or whose
// handler waits for every child, would have taken it away.  `command` passes over functions that
// the environment may define.
constexpr const char* kScript = "command \"$@\"; printf '\\n%d' \"$?\"";
constexpr std::size_t kTrailerBytesMax = 16;
constexpr std::size_t kErrorBytesMax = 1024;
// So often it is looked whether the question has been given up.
constexpr std::int64_t kGivenUpEveryMs = 20;

// Streams, directory and signals are as the program is to find them.
Result<pid_t> start(const ProgramQuestion& question, int out, int err) {
    SpawnPlan plan;
    plan.read_nothing();
    plan.write_to(out, err);
    plan.close_other_files();
    if (!question.directory.empty()) plan.run_in(question.directory);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        ::sigaddset(&defaults, signal);
    }
    plan.reset_signals(defaults);
    plan.lead_a_group();
    std::vector<std::string> argv = {"/bin/sh", "-c", kScript, "sh"};
    argv.insert(argv.end(), question.argv.begin(), question.argv.end());
    pid_t pid = -1;
    const int error_number =
        ::posix_spawn(&pid, argv[0].c_str(), plan.actions(), plan.attributes(),
                      pointers_to(argv).data(), pointers_to(question.environment).data());
    if (error_number != 0) return fail(errno_error(error_number, "start", question.argv[0]));
    return pid;
}

// Reads what one process writes.
class Reading {
public:
    Reading(const ProgramQuestion& question, const Clock& clock, pid_t pid, UniqueFd out,
            UniqueFd err)
        : question_(question),
          clock_(clock),
          pid_(pid),
          pid_fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
          out_(std::move(out)),
          err_(std::move(err)) {}
    ~Reading() {
        // ECHILD: the host has waited for it.
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    Result<ProgramAnswer> read() {
        using End = ProgramAnswer::End;
        while (out_.valid() || err_.valid()) {
            const std::int64_t left_ms =
                (question_.deadline_ns - clock_.monotonic_ns() + 999'999) / 1'000'000;
            if (left_ms <= 0 || is_given_up()) return killed(End::kLate);
            std::array<pollfd, 3> fds = {pollfd{out_.get(), POLLIN, 0},
                                         pollfd{err_.get(), POLLIN, 0},
                                         pollfd{pid_fd_.get(), POLLIN, 0}};
            const std::int64_t wait_ms_max =
                question_.given_up != nullptr ? kGivenUpEveryMs : 60'000;
            const int wait_ms = static_cast<int>(std::min(left_ms, wait_ms_max));
            const int ready = ::poll(fds.data(), fds.size(), wait_ms);
            if (ready < 0 && errno != EINTR) {
                const int error_number = errno;
                (void)killed(End::kLate);
                return fail(errno_error(error_number, "wait for", question_.argv[0]));
            }
            take(out_, answer_.out, question_.bytes_max + kTrailerBytesMax);
            take(err_, answer_.err, kErrorBytesMax);
            if (answer_.out.size() >= question_.bytes_max + kTrailerBytesMax) {
                return killed(End::kTooLong);
            }
            // All that it has written has been read: a descriptor that a fork of the host has
            // inherited may be open for ever.
            if (ready > 0 && fds[2].revents != 0) break;
        }
        return exited();
    }

private:
    bool is_given_up() const { return question_.given_up != nullptr && question_.given_up->load(); }

    // Reads all that is there.
    static void take(UniqueFd& fd, std::string& into, std::size_t bytes_max) {
        std::array<char, 65'536> buffer;
        while (fd.valid()) {
            const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return;  // EAGAIN: no more of it now.
            if (count == 0) fd.reset();
            const std::size_t room = bytes_max - std::min(bytes_max, into.size());
            into.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
            if (room == 0) return;
        }
    }

    ProgramAnswer killed(ProgramAnswer::End end) {
        // The whole group: the shell, and what it has started.
        ::kill(-pid_, SIGKILL);
        answer_.end = end;
        answer_.out.resize(std::min(answer_.out.size(), question_.bytes_max));
        return std::move(answer_);
    }

    Result<ProgramAnswer> exited() {
        const std::size_t trailer = answer_.out.rfind('\n');
        const std::string_view digits =
            trailer == std::string::npos ? "" : std::string_view(answer_.out).substr(trailer + 1);
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), answer_.exit_code);
        if (digits.empty() || parsed.ec != std::errc() ||
            parsed.ptr != digits.data() + digits.size()) {
            return fail(ErrorCode::kIo, "run {}: it was killed before it ended", question_.argv[0]);
        }
        answer_.out.resize(trailer);
        if (answer_.out.size() > question_.bytes_max) {
            answer_.end = ProgramAnswer::End::kTooLong;
            answer_.out.resize(question_.bytes_max);
        }
        return std::move(answer_);
    }

    const ProgramQuestion& question_;
    const Clock& clock_;
    const pid_t pid_;
    const UniqueFd pid_fd_;  // invalid where the kernel has none: then the output's end counts
    UniqueFd out_;
    UniqueFd err_;
    ProgramAnswer answer_;
};

}  // namespace

Result<ProgramAnswer> read_program(const ProgramQuestion& question, const Clock& clock) {
    DAYBOOK_CHECK(!question.argv.empty());
    ASSIGN_OR_RETURN(Pipe out, make_pipe());
    ASSIGN_OR_RETURN(Pipe err, make_pipe());
    for (const Pipe* pipe : {&out, &err}) ::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK);
    ASSIGN_OR_RETURN(const pid_t pid, start(question, out.write.get(), err.write.get()));
    out.write.reset();
    err.write.reset();
    return Reading(question, clock, pid, std::move(out.read), std::move(err.read)).read();
}

}  // namespace daybook::os
