#include "cli/inspect_part_summary.h"

#include <map>

#include <gtest/gtest.h>

#include "log/held_part.h"
#include "log/scan.h"
#include "log/test_support.h"

namespace daybook::cli {
namespace {

using log::whole_line;

class PartSummaryTest : public log::LogTest {
protected:
    std::map<std::string, std::string> summary(const std::string& bytes) {
        put_part(1, bytes);
        PartSummary summary;
        log::Scanner scanner(bytes, ByteOffset(0));
        while (const auto line = scanner.next()) summary.see(*line);
        const auto fields = summary.fields(path_, bytes).value();
        return {fields.begin(), fields.end()};
    }
    std::string path_ = layout_.part_path(log::part_of_today(1));
};

TEST_F(PartSummaryTest, CountsLinesAndNumbers) {
    const std::string bytes = whole_line("a", 1) + "bad\n" + R"({"x":1})" + "\n" +
                              whole_line("d", 4, 2) + whole_line("c", 3) + whole_line("f", 6);
    const auto fields = summary(bytes);
    const std::map<std::string, std::string> expected = {{"bytes", std::to_string(bytes.size())},
                                                         {"lines", "6"},
                                                         {"good", "4"},
                                                         {"foreign", "1"},
                                                         {"damaged", "1"},
                                                         {"seq", "1 to 6"},
                                                         {"missing", "3"},
                                                         {"out of order", "1"},
                                                         {"synced", "2"},
                                                         {"tail", "sound: the next line has seq 7"},
                                                         {"held by a writer", "no"},
                                                         {"sealed", "no"},
                                                         {"marked bad", "no"}};
    EXPECT_EQ(fields, expected);
}

TEST_F(PartSummaryTest, ASyncOfLaterLinesShowsThatTheEndIsMissing) {
    EXPECT_EQ(summary(whole_line("a", 1, 4)).at("missing"), "3");
}

TEST_F(PartSummaryTest, JudgesTheTailAsAWriterDoes) {
    const std::string a = whole_line("a", 1);
    EXPECT_EQ(summary("").at("tail"), "sound: the next line has seq 1");
    EXPECT_EQ(summary(a + "{\"x").at("tail"),
              fmt::format("torn from offset {} on: the next writer cuts it off", a.size()));
    EXPECT_EQ(summary(a + "bad\n").at("tail"),
              "in doubt: the last line is damaged; nobody continues it");
}

TEST_F(PartSummaryTest, LooksAtTheLockTheSealAndTheMark) {
    put_part(1, "");
    const auto held = log::hold_part(layout_, log::part_of_today(1)).value();
    put_file(layout_.seal_path(log::part_of_today(1)), "{}");
    put_file(layout_.bad_path(log::part_of_today(1)), "");
    const auto fields = summary("");
    EXPECT_EQ(fields.at("held by a writer"), "yes");
    EXPECT_EQ(fields.at("sealed"), "yes");
    EXPECT_EQ(fields.at("marked bad"), "yes: a sync of it failed");
}

}  // namespace
}  // namespace daybook::cli
