#include "cli/origin.h"

#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

class OriginTest : public ::testing::Test {
protected:
    ~OriginTest() override { ::setenv("DAYBOOK_CAPTURE", "off", 1); }
    static void say(const char* value) { ::setenv("DAYBOOK_CAPTURE", value, 1); }
    const std::vector<std::string> arguments_ = {"daybook", "run", "--token", "hunter2"};
};

TEST_F(OriginTest, IsThisProcessAndItsCommandLineWithoutSecrets) {
    say("all");
    const Origin origin = Origin::make(arguments_, false).value();
    EXPECT_EQ(origin.owner().pid, ::getpid());
    const event::Environment environment = origin.environment().value();
    ASSERT_EQ(environment.argv.size(), 4u);
    EXPECT_EQ(environment.argv[1], "run");
    EXPECT_EQ(environment.argv[3], "***");
    EXPECT_EQ(environment.cwd, os::working_directory());
}

TEST_F(OriginTest, HasAnOwnerButNothingElseWhereNothingIsToBeCaptured) {
    say("all");
    EXPECT_FALSE(Origin::make(arguments_, true).value().environment().has_value());
    EXPECT_EQ(Origin::make(arguments_, true).value().owner().pid, ::getpid());
    say("off");
    EXPECT_FALSE(Origin::make(arguments_, false).value().environment().has_value());
    say("on");
    EXPECT_EQ(Origin::make(arguments_, false).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace daybook::cli
