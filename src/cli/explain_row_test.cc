#include "cli/explain_row.h"

#include <gtest/gtest.h>

#include "cli/context.h"

namespace daybook::cli {
namespace {

// That rows are found, and the errors, is in tests/cli/explain_row.transcript.
std::string printed(Format format) {
    const index::Explanation explanation{
        .events = {{"day=2026-01-01/part-000001", ByteOffset(7), "run.created", "e1", 1000,
                    "the whole row", ""},
                   {"day=2026-01-01/part-000002", ByteOffset(9), "run.created", "e2", 2000, "",
                    "later"}},
        .notes = {"a note\x1b"}};
    ::testing::internal::CaptureStdout();
    {
        Context context;
        context.format = format;
        print_explanation(explanation, context);
    }
    return ::testing::internal::GetCapturedStdout();
}

TEST(PrintExplanation, ProgramsGetRawValuesAndNullsAndNoNotes) {
    EXPECT_EQ(printed(Format::kNdjson),
              R"({"part":"day=2026-01-01/part-000001","offset":7,"event_type":"run.created",)"
              R"("event_id":"e1","timestamp_ms":1000,"won":"the whole row","lost":null})"
              "\n"
              R"({"part":"day=2026-01-01/part-000002","offset":9,"event_type":"run.created",)"
              R"("event_id":"e2","timestamp_ms":2000,"won":null,"lost":"later"})"
              "\n");
}

TEST(PrintExplanation, PeopleGetTheNotesBelow) {
    const std::string text = printed(Format::kTable);
    EXPECT_NE(text.find("the whole row"), std::string::npos) << text;
    EXPECT_TRUE(text.ends_with("a note\\x1b\n")) << text;
}

}  // namespace
}  // namespace daybook::cli
