#include "cli/app.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::cli {
namespace {

struct Outcome {
    int exit_code = -1;
    std::string printed;
};

// Runs the program in a child process, with both streams in a file.
Outcome outcome_of(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "daybook");
    const std::string path = ::testing::TempDir() + "daybook_app_" + std::to_string(::getpid());
    const pid_t pid = ::fork();
    if (pid == 0) {
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(fd, 1);
        ::dup2(fd, 2);
        ::_exit(run(static_cast<int>(arguments.size()), arguments.data()));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .printed = os::read_file(path, 100'000).value_or("")};
}

TEST(Run, EveryWayToAskForHelpGivesTheSameHelp) {
    const Outcome help = outcome_of({"version", "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_TRUE(help.printed.starts_with("Shows the version.\n"));
    EXPECT_EQ(outcome_of({"version", "-h"}).printed, help.printed);
    EXPECT_EQ(outcome_of({"help", "version"}).printed, help.printed);
}

TEST(Run, AMistakeInTheCommandLineIs2) {
    EXPECT_EQ(outcome_of({"verison"}).exit_code, 2);
    EXPECT_EQ(outcome_of({"version", "--verbose"}).exit_code, 2);
    EXPECT_EQ(outcome_of({"completion"}).exit_code, 2);
}

TEST(Run, AMistypedFlagIsToldBeforeWhatIsMissingBecauseOfIt) {
    EXPECT_NE(outcome_of({"completion", "--hlep"}).printed.find("did you mean '--help'?"),
              std::string::npos);
}

TEST(Run, WithoutArgumentsItExplainsItself) {
    const Outcome outcome = outcome_of({});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.printed.find("Usage: daybook COMMAND"), std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
