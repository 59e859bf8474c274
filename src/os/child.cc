#include "os/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "os/error.h"

namespace daybook::os {
namespace {

// What the program starts with: its streams, and the signals as a shell would leave them.
class SpawnPlan {
public:
    explicit SpawnPlan(const std::string& output_path) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, output_path.c_str(),
                                           O_WRONLY | O_CREAT | O_TRUNC, 0644);
        ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);

        ::posix_spawnattr_init(&attributes_);
        sigset_t defaults;
        ::sigemptyset(&defaults);
        ::sigaddset(&defaults, SIGPIPE);
        ::sigaddset(&defaults, SIGXFSZ);
        ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    const posix_spawn_file_actions_t* actions() const { return &actions_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& argv, const std::string& output_path) {
    DAYBOOK_CHECK(!argv.empty());
    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);

    const SpawnPlan plan(output_path);
    pid_t pid = -1;
    const int error_number = ::posix_spawnp(&pid, arguments[0], plan.actions(), plan.attributes(),
                                            arguments.data(), environ);
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
