#include "cli/origin.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(Origin, IsThisProcessAndItsCommandLine) {
    const std::vector<std::string> arguments = {"daybook", "run"};
    const Origin origin(arguments);
    EXPECT_EQ(origin.owner().pid, ::getpid());
    const event::Environment environment = origin.environment();
    ASSERT_EQ(environment.argv.size(), 2u);
    EXPECT_EQ(environment.argv[1], "run");
    EXPECT_EQ(environment.cwd, os::working_directory());
}

}  // namespace
}  // namespace daybook::cli
