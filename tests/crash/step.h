// Starting step_child (step_child.cc), and watching how it ends.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::testing {

// A process that does one thing.  Destroyed while it still runs, it is killed.
class Step {
public:
    // `variable` is DAYBOOK_KILL_AT, DAYBOOK_STOP_AT or empty, and `point` what it is set to.
    Step(std::vector<std::string> arguments, const std::string& variable = "",
         const std::string& point = "") {
        arguments.insert(arguments.begin(), DAYBOOK_STEP_CHILD);
        pid_ = ::fork();
        if (pid_ != 0) return;
        if (!variable.empty()) ::setenv(variable.c_str(), point.c_str(), 1);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    ~Step() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        (void)next_state();
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    // Waits until it ends or is stopped: "exit 0", "signal 9", "stopped".
    std::string next_state() {
        int status = 0;
        while (::waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
        }
        if (WIFSTOPPED(status)) return "stopped";
        pid_ = -1;
        if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
        return "exit " + std::to_string(WEXITSTATUS(status));
    }
    void go_on() { ::kill(pid_, SIGCONT); }

private:
    pid_t pid_ = -1;
};

inline std::string run_step(const std::vector<std::string>& arguments,
                            const std::string& kill_at = "") {
    return Step(arguments, kill_at.empty() ? "" : "DAYBOOK_KILL_AT", kill_at).next_state();
}

}  // namespace daybook::testing
