#include "ledger/event_line.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

constexpr std::string_view kHead =
    R"({"event_type":"trial.recorded","event_id":"i","timestamp_ms":1,"run_id":"r")";

bool is_event(const std::string& text) {
    json::EnvelopeReader envelopes;
    return event_of(log::judge_line(text, ByteOffset(0)), envelopes).has_value();
}

bool is_foreign(const std::string& text) {
    return log::judge_line(text, ByteOffset(0)).kind == log::LineKind::kForeign;
}

TEST(EventLineTest, ALineOfAnotherToolsHasToBeJsonToItsEnd) {
    EXPECT_TRUE(is_event(fmt::format(R"({},"metrics":{{"a":1}}}})", kHead)));
    EXPECT_TRUE(is_event(fmt::format(R"({},"metrics":{{"a":NaN}}}})", kHead)));
    // The order of the format, and braces and quotes in pairs: still no JSON.
    for (const char* rest :
         {R"(,"metrics":{"a":tru}})", R"(,"metrics":{"a":"b"c}})", R"(,"metrics":{"a":1}"b":2})",
          R"(,"metrics":{"a":NaN,"b":"b"c}})", R"(,"a":1,})", R"(,"a":01})"}) {
        const std::string text = std::string(kHead) + rest;
        EXPECT_TRUE(is_foreign(text)) << text;
        EXPECT_FALSE(is_event(text)) << text;
        const log::Line line = judge_json(log::judge_line(text, ByteOffset(7)));
        EXPECT_EQ(line.damage, log::Damage::kNoObject);
        EXPECT_EQ(line.offset, ByteOffset(7));
        EXPECT_EQ(line.text, text);
    }
}

TEST(EventLineTest, ALineOfOursIsTakenByItsChecksum) {
    std::string line = std::string(kHead) + R"(,"metrics":{"a":1})";
    log::append_trailer(line, 0, log::Seq(1), log::Seq(0));
    line.pop_back();  // the newline
    EXPECT_TRUE(is_event(line));
}

TEST(EventLineTest, DamageIsNone) {
    EXPECT_FALSE(is_event(std::string(kHead)));
    EXPECT_FALSE(is_event(""));
}

}  // namespace
}  // namespace daybook::ledger
