#include "cli/completion.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "cli/flags.h"
#include "os/child.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

class CompletionTest : public ::testing::Test {
protected:
    CompletionTest() {
        root_.name("daybook");
        CLI::App* runs = root_.add_subcommand("runs", "Lists runs: newest first");
        add_choice(*runs, "--format", text_, "table|json", "How [to print]");
        runs->add_option("-n,--limit", number_, "How many")->type_name("N");
        CLI::App* schema = root_.add_subcommand("schema", "Event types");
        CLI::App* check = schema->add_subcommand("check", "What a schema's change would break");
        check->add_option("FILE", text_, "The schema")->type_name("FILE");
        check->add_option("--ledger", text_, "The ledger")->type_name("DIR");
        CLI::App* policy = schema->add_subcommand("policy", "Nothing");
        policy->add_option("--policy", text_, "A policy")->type_name("JSON|FILE");
        tree_ = completion_tree(root_);
    }

    CLI::App root_;
    std::string text_;
    int number_ = 0;
    CompletionCommand tree_;
};

TEST_F(CompletionTest, TheTreeKnowsFlagsValuesAndWhatIsBelow) {
    ASSERT_EQ(tree_.below.size(), 2U);
    const CompletionCommand& runs = tree_.below[0];
    EXPECT_EQ(runs.path, "runs");
    ASSERT_EQ(runs.flags.size(), 3U);
    EXPECT_EQ(runs.flags[0].names, (std::vector<std::string>{"-h", "--help"}));
    EXPECT_EQ(runs.flags[0].value, "");
    EXPECT_EQ(runs.flags[1].choices, (std::vector<std::string>{"table", "json"}));
    EXPECT_EQ(runs.flags[2].names, (std::vector<std::string>{"-n", "--limit"}));
    EXPECT_EQ(runs.flags[2].value, "N");
    const CompletionCommand& check = tree_.below[1].below[0];
    EXPECT_EQ(check.path, "schema check");
    EXPECT_TRUE(check.takes_files);
    EXPECT_TRUE(check.flags[1].takes_directory());
}

TEST_F(CompletionTest, KindsOfValuesAreNoValues) {
    const CompletionFlag& policy = tree_.below[1].below[1].flags[1];
    EXPECT_TRUE(policy.choices.empty());
    EXPECT_TRUE(policy.takes_file());
}

// Loads the script into a real shell and asks for the candidates of a line.
class BashTest : public CompletionTest {
protected:
    std::string candidates(const std::string& words, int position) {
        const std::string script =
            ::testing::TempDir() + "daybook_completion_" + std::to_string(::getpid());
        EXPECT_TRUE(os::write_file_atomic(
            script, bash_completion(tree_) + "\nCOMP_WORDS=(" + words + ")\nCOMP_CWORD=" +
                        std::to_string(position) + "\n_daybook\necho \"${COMPREPLY[*]}\"\n"));
        const std::string output = script + ".out";
        Result<os::Child> bash = os::Child::start({"bash", script}, output);
        EXPECT_TRUE(bash);
        EXPECT_EQ(bash ? bash->wait().value_or(-1) : -1, 0);
        return os::read_file(output, 10'000).value_or("");
    }
};

TEST_F(BashTest, CompletesCommandsFlagsAndValues) {
    EXPECT_EQ(candidates("daybook ''", 1), "runs schema -h --help\n");
    EXPECT_EQ(candidates("daybook ru", 1), "runs\n");
    EXPECT_EQ(candidates("daybook schema ch", 2), "check\n");
    EXPECT_EQ(candidates("daybook runs --f", 2), "--format\n");
    EXPECT_EQ(candidates("daybook runs --format ''", 3), "table json\n");
    EXPECT_EQ(candidates("daybook runs --format json --l", 4), "--limit\n");
}

TEST_F(BashTest, OffersNothingWhereItKnowsNothing) {
    EXPECT_EQ(candidates("daybook runs --limit ''", 3), "\n");
}

TEST_F(CompletionTest, ZshHasAFunctionForEachCommandWithItsTextEscaped) {
    const std::string script = zsh_completion(tree_);
    EXPECT_TRUE(script.starts_with("#compdef daybook\n"));
    EXPECT_NE(script.find("_daybook_schema_check() {"), std::string::npos);
    EXPECT_NE(script.find("'runs:Lists runs\\: newest first'"), std::string::npos);
    EXPECT_NE(script.find("'--format[How \\[to print\\]]:value:(table json)'"), std::string::npos);
    EXPECT_NE(script.find("'--ledger[The ledger]:DIR:_files -/'"), std::string::npos);
}

TEST_F(CompletionTest, FishHasALineForEachFlagUnderItsCommand) {
    const std::string script = fish_completion(tree_);
    EXPECT_NE(
        script.find("complete -c daybook -n '__fish_seen_subcommand_from runs' -l format -x -a "
                    "'table json' -d 'How [to print]'\n"),
        std::string::npos);
    EXPECT_NE(script.find("complete -c daybook -n '__fish_use_subcommand' -a runs -d "
                          "'Lists runs: newest first'\n"),
              std::string::npos);
    EXPECT_NE(
        script.find("complete -c daybook -n '__fish_seen_subcommand_from schema; and not "
                    "__fish_seen_subcommand_from check policy' -a check -d 'What a schema'\\''s "
                    "change would break'\n"),
        std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
