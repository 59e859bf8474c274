#include "cli/event_text.h"

#include <gtest/gtest.h>

#include "base/text_width.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kLine =
    R"({"event_type":"run.created","event_id":"x","timestamp_ms":1769126400250,"run_id":"r1",)"
    R"("run_type":"policy","config":{"stop": 0.05},"note":"two words","seq":2,"checksum":"00"})";

json::Envelope envelope() {
    return {.event_type = "run.created",
            .event_id = "x",
            .timestamp = TimestampMs(1769126400250),
            .run_id = "r1"};
}

TEST(EventFields, AreThoseOfTheLineInItsOrder) {
    const std::vector<EventField> fields = event_fields(R"({"b": [1, 2], "a\n":"x y"})");
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(fields[0].name, "b");
    EXPECT_EQ(fields[0].json, "[1,2]");
    EXPECT_EQ(fields[1].name, "a\n");
    EXPECT_EQ(fields[1].json, R"("x y")");
}

TEST(EventFields, GoAsFarAsTheLineCanBeRead) {
    EXPECT_EQ(event_fields(R"({"a":1,"b":)").size(), 1U);
    EXPECT_TRUE(event_fields("nonsense").empty());
}

TEST(EventText, ShowsThePayloadOnlyAndQuotesWhatNeedsIt) {
    EXPECT_EQ(event_text(envelope(), kLine, {}),
              "2026-01-23 00:00:00.250  run.created         r1  run_type=policy "
              R"(config={"stop":0.05} note="two words")");
}

TEST(EventText, IsCutToTheTerminalsWidth) {
    const std::string text = event_text(envelope(), kLine, {.terminal = true, .columns = 60});
    EXPECT_EQ(text_width(text), 60U);
    EXPECT_TRUE(text.ends_with("…"));
}

TEST(EventText, ColoursDoNotChangeItsWords) {
    EXPECT_EQ(
        event_text({.event_type = "run.failed", .event_id = "x", .timestamp = {}, .run_id = "r"},
                   "{}", {.terminal = true, .colour = true}),
        "\x1b[2m1970-01-01 00:00:00.000\x1b[0m  \x1b[31mrun.failed        \x1b[0m  r");
}

}  // namespace
}  // namespace daybook::cli
