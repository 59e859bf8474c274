#include "os/child.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "os/error.h"
#include "os/spawn_parts.h"
#include "os/spawn_plan.h"

namespace daybook::os {
Result<Child> Child::start(const std::vector<std::string>& argv, const std::string& output_path) {
    DAYBOOK_CHECK(!argv.empty());
    SpawnPlan plan;
    plan.read_nothing();
    plan.write_both_to(output_path);
    pid_t pid = -1;
    const int error_number = ::posix_spawnp(&pid, argv[0].c_str(), plan.actions(),
                                            plan.attributes(), pointers_to(argv).data(), environ);
    if (error_number != 0) return fail(errno_error(error_number, "start", argv[0]));
    return Child(pid);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(other.exit_code_) {}

Child& Child::operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(exit_code_, other.exit_code_);
    return *this;
}

Child::~Child() {
    if (pid_ < 0 || exit_code_) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
}

Result<std::optional<int>> Child::wait_with(int flags) {
    if (exit_code_) return exit_code_;
    int status = 0;
    pid_t ended = ::waitpid(pid_, &status, flags);
    while (ended < 0 && errno == EINTR) ended = ::waitpid(pid_, &status, flags);
    if (ended < 0) return fail(ErrorCode::kIo, "wait for process {}: it is not ours", pid_);
    if (ended == pid_) {
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return exit_code_;
}

Result<std::optional<int>> Child::poll() { return wait_with(WNOHANG); }

Result<int> Child::wait() {
    ASSIGN_OR_RETURN(const std::optional<int> code, wait_with(0));
    DAYBOOK_CHECK(code.has_value());
    return *code;
}

void Child::interrupt() {
    if (pid_ >= 0 && !exit_code_) ::kill(pid_, SIGINT);
}

}  // namespace daybook::os
