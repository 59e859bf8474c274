#include "crash/writer_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace daybook::testing {
namespace {

constexpr int kReportFd = 3;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

void WriterProcess::start(const WriterOrder& order, StormOutcome& outcome) {
    order_ = order;
    killed_ = false;
    unread_.clear();
    acknowledged_ = order.first - 1;
    outcome.acknowledged[order_.name] = {.first = order.first, .last = acknowledged_};
    std::array<int, 2> fds{};
    DAYBOOK_CHECK(::pipe2(fds.data(), O_CLOEXEC) == 0);
    pipe_ = os::UniqueFd(fds[0]);
    os::UniqueFd writing_end(fds[1]);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (writing_end.get() == kReportFd) {
        // dup2 onto itself would leave it to be closed by exec.
        writing_end = os::UniqueFd(::fcntl(writing_end.get(), F_DUPFD_CLOEXEC, kReportFd + 1));
    }
    ::posix_spawn_file_actions_adddup2(&actions, writing_end.get(), kReportFd);
    std::vector<std::string> arguments = {
        DAYBOOK_STORM_WRITER,       order_.via,  order_.load,
        order_.directory,           order_.name, std::to_string(order_.first),
        std::to_string(order_.last)};
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        variables.emplace_back(*variable);
    }
    if (!order_.kill_at.empty()) variables.push_back("DAYBOOK_KILL_AT=" + order_.kill_at);
    const std::vector<char*> argv = pointers_to(arguments);
    const std::vector<char*> envp = pointers_to(variables);
    const int error_number =
        ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data());
    ::posix_spawn_file_actions_destroy(&actions);
    DAYBOOK_CHECK(error_number == 0);
}

bool WriterProcess::read_reports(StormOutcome& outcome) {
    std::array<char, 65'536> bytes{};
    const ssize_t count = ::read(pipe_.get(), bytes.data(), bytes.size());
    if (count < 0) return errno == EINTR;
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
    const std::size_t whole = unread_.size() / sizeof(acknowledged_) * sizeof(acknowledged_);
    if (whole > 0) {
        // Each report says all that the ones before it said.
        std::memcpy(&acknowledged_, unread_.data() + whole - sizeof(acknowledged_),
                    sizeof(acknowledged_));
        unread_.erase(0, whole);
    }
    outcome.acknowledged[order_.name].last = acknowledged_;
    return count > 0;
}

void WriterProcess::kill() {
    killed_ = true;
    ::kill(pid_, SIGKILL);
}

bool WriterProcess::bury(StormOutcome& outcome) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        ++outcome.kills;
        if (!killed_) ++outcome.kills_at[order_.kill_at.substr(0, order_.kill_at.find(':'))];
        return true;
    }
    if (status != 0) ++outcome.failures;
    return false;
}

bool WriterProcess::wait(StormOutcome& outcome) {
    while (read_reports(outcome)) {
    }
    return bury(outcome);
}

}  // namespace daybook::testing
