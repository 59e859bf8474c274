#include "cli/program_words.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using Words = std::vector<std::string>;

// The program's words, if --name takes a value and no other flag does.
Words program_of(const Words& words) {
    const ProgramWords split =
        split_program_words(words, [](std::string_view flag) { return flag == "--name"; });
    // Nothing is lost but the mark between them.
    EXPECT_LE(words.size() - split.own.size() - split.program.size(), 1u);
    return split.program;
}

TEST(ProgramWords, BeginBehindTheMark) {
    EXPECT_EQ(program_of({"--", "ls", "-l"}), (Words{"ls", "-l"}));
    EXPECT_EQ(program_of({"--name", "x", "--", "ls", "--", "a"}), (Words{"ls", "--", "a"}));
    EXPECT_EQ(program_of({"--name=x", "--quiet", "--", "-odd"}), (Words{"-odd"}));
}

TEST(ProgramWords, BeginAtTheFirstWordThatIsNoFlag) {
    EXPECT_EQ(program_of({"ls", "-l", "--name", "x"}), (Words{"ls", "-l", "--name", "x"}));
    EXPECT_EQ(program_of({"--quiet", "ls", "--", "a"}), (Words{"ls", "--", "a"}));
    EXPECT_EQ(program_of({"--name", "x", "ls"}), Words{"ls"});
}

TEST(ProgramWords, MayBeMissing) {
    EXPECT_EQ(program_of({}), Words{});
    EXPECT_EQ(program_of({"--"}), Words{});
    EXPECT_EQ(program_of({"--name"}), Words{});
    EXPECT_EQ(program_of({"--name", "--"}), Words{});
    EXPECT_EQ(program_of({"--help"}), Words{});
}

TEST(EmptyValues, AreWordsOfTheirOwn) {
    const auto spelt = [](const Words& words) {
        return with_empty_values(words, [](std::string_view flag) { return flag == "--name"; });
    };
    EXPECT_EQ(spelt({"a", "--name=", "--dry-run"}), (Words{"a", "--name", "", "--dry-run"}));
    EXPECT_EQ(spelt({"--name=x", "--name=x=", "b="}), (Words{"--name=x", "--name=x=", "b="}));
    // A flag's value, and what is behind the mark, may look like that.
    EXPECT_EQ(spelt({"--name", "--x=", "--"}), (Words{"--name", "--x=", "--"}));
    EXPECT_EQ(spelt({"--", "--name="}), (Words{"--", "--name="}));
    EXPECT_EQ(spelt({"--name"}), Words{"--name"});
}

}  // namespace
}  // namespace daybook::cli
