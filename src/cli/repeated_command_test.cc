#include "cli/repeated_command.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using Strings = std::vector<std::string>;

TEST(RepeatedWords, OfOursWithoutWhatBelongedToTheRun) {
    EXPECT_EQ(
        repeated_words({"/opt/daybook",
                        "--ledger",
                        "l",
                        "run",
                        "--run-id",
                        "r1",
                        "--run-id=r1",
                        "--ledger=l",
                        "--id-file",
                        "f",
                        "--metrics-file=m",
                        "--parent",
                        "p",
                        "--quiet",
                        "--name",
                        "n",
                        "--",
                        "x",
                        "--run-id",
                        "y"},
                       ""),
        (Strings{"/opt/daybook", "run", "--quiet", "--name", "n", "--", "x", "--run-id", "y"}));
    // The program's flags are its own without "--", too.
    EXPECT_EQ(repeated_words({"daybook", "run", "-q", "--name", "n", "x", "--ledger", "y"}, ""),
              (Strings{"daybook", "run", "-q", "--name", "n", "--", "x", "--ledger", "y"}));
    EXPECT_EQ(
        repeated_words({"daybook", "backtest", "policy", "--run-id", "r", "--calls", "c"}, ""),
        (Strings{"daybook", "backtest", "policy", "--calls", "c"}));
    EXPECT_EQ(repeated_words({"train", "--run-id", "r1"}, "c"),
              (Strings{"train", "--run-id", "r1"}));
    EXPECT_EQ(repeated_words({}, ""), Strings{});
}

TEST(RepeatedWords, TheConfigurationIsTheOneThatIsWritten) {
    EXPECT_EQ(repeated_words({"daybook", "run", "--config", "@c.json", "--", "x", "@c.json"}, "/n"),
              (Strings{"daybook", "run", "--config", "@/n", "--", "x", "@c.json"}));
    EXPECT_EQ(repeated_words({"daybook", "run", "--config=@c.json", "--", "x"}, "/n")[2],
              "--config=@/n");
    EXPECT_EQ(repeated_words({"daybook", "run", "--config", "{}", "--", "x"}, "/n")[3], "{}");
    EXPECT_EQ(repeated_words({"daybook", "run", "--config", "@c.json", "--", "x"}, "")[3],
              "@c.json");
}

TEST(NamesPath, OnlyThatPathAndWhatIsBelow) {
    for (const char* text : {"/w/p", "/w/p/x", "--in=/w/p/x", "/a:/w/p:/b", "import '/w/p/x'"}) {
        EXPECT_TRUE(names_path(text, "/w/p")) << text;
    }
    for (const char* text : {"/w/p2", "/w/p-old/x", "/a/w/p", "/w", "w/p", ""}) {
        EXPECT_FALSE(names_path(text, "/w/p")) << text;
    }
    EXPECT_FALSE(names_path("/x", "/"));
    EXPECT_FALSE(names_path("/x", ""));
}

TEST(ShellWord, MeansTheTextWhateverIsInIt) {
    EXPECT_EQ(shell_word("a/b-c_1.2=x"), "a/b-c_1.2=x");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("it's $x `y`\n"), "'it'\\''s $x `y`\n'");
    EXPECT_EQ(shell_word("~"), "'~'");
}

TEST(ShellWord, InTheClonePathsAreTheClones) {
    EXPECT_EQ(shell_word_in_clone("/w/p/a b.py", "/w/p"), "\"$clone\"'/a b.py'");
    EXPECT_EQ(shell_word_in_clone("/x:/w/p/src:/w/p", "/w/p"), "/x:\"$clone\"/src:\"$clone\"");
    EXPECT_EQ(shell_word_in_clone("/w/p2", "/w/p"), "/w/p2");
    EXPECT_EQ(shell_word_in_clone("", "/w/p"), "''");
}

}  // namespace
}  // namespace daybook::cli
