#include "cli/help.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

constexpr CommandInfo kTool = {
    .name = "tool", .summary = "A tool", .details = "More.", .examples = ""};
constexpr CommandInfo kRuns = {.name = "runs",
                               .summary = "Lists runs",
                               .details = "",
                               .examples = "# the failed ones\ntool runs --status failed"};

class HelpTest : public ::testing::Test {
protected:
    HelpTest() {
        tool_.name("tool");
        set_help(tool_, kTool);
        runs_ = tool_.add_subcommand("runs");
        set_help(*runs_, kRuns);
        runs_->add_option("RUN", run_, "Which run")->required();
        runs_->add_option("--status", status_, "Only these")->type_name("STATUS");
        runs_->add_flag("-v,--verbose", verbose_, "Say more");
    }

    CLI::App tool_;
    CLI::App* runs_ = nullptr;
    std::string run_;
    std::string status_;
    bool verbose_ = false;
};

TEST_F(HelpTest, ACommandShowsUsageArgumentsFlagsAndExamples) {
    EXPECT_EQ(runs_->help(),
              "Lists runs.\n"
              "\n"
              "Usage: tool runs RUN [flags]\n"
              "\n"
              "Arguments:\n"
              "  RUN  Which run\n"
              "\n"
              "Flags:\n"
              "      --status STATUS  Only these\n"
              "  -v, --verbose        Say more\n"
              "  -h, --help           Show this help\n"
              "\n"
              "Examples:\n"
              "  # the failed ones\n"
              "  tool runs --status failed\n");
}

TEST_F(HelpTest, ManyChoicesAreBrokenAtTheirBars) {
    const std::string choice(30, 'c');
    runs_->add_option("--by", status_, "What decides")
        ->type_name(choice + "|" + choice + "|" + choice + "|" + choice);
    EXPECT_NE(runs_->help().find("      --by " + choice + "|" + choice + "|\n           " + choice +
                                 "|" + choice + "\n" + std::string(23, ' ') + "What decides\n"),
              std::string::npos)
        << runs_->help();
}

TEST_F(HelpTest, AGroupShowsItsCommands) {
    EXPECT_EQ(tool_.help(),
              "A tool.\n"
              "\n"
              "Usage: tool COMMAND [flags]\n"
              "\n"
              "More.\n"
              "\n"
              "Commands:\n"
              "  runs  Lists runs\n"
              "\n"
              "Flags:\n"
              "  -h, --help  Show this help\n");
}

TEST(Wrapped, BreaksAtBlanksOnly) {
    EXPECT_EQ(wrapped("aa bb cc", 5, 2), "aa bb\n  cc");
    EXPECT_EQ(wrapped("aa bb cc", 8, 2), "aa bb cc");
    EXPECT_EQ(wrapped("a-long-word bb", 4, 0), "a-long-word\nbb");
    EXPECT_EQ(wrapped("", 5, 2), "");
}

}  // namespace
}  // namespace daybook::cli
