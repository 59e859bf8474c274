#include "cli/check_report.h"

#include <gtest/gtest.h>

#include "cli/context.h"

namespace daybook::cli {
namespace {

// That a check is run, and its exit codes, is in tests/cli/index_check.transcript.
std::string printed(const index::CheckReport& report, Format format) {
    ::testing::internal::CaptureStdout();
    {
        Context context;
        context.format = format;
        print_check(report, context);
    }
    return ::testing::internal::GetCapturedStdout();
}

index::CheckReport report_of(std::optional<index::TableDifference> difference) {
    return {.comparisons = {{.name = "snapshot",
                             .path = "x/runs.duckdb",
                             .bytes = 2048,
                             .kept_digest = "aa",
                             .digest = "aa",
                             .rebuilt_digest = "bb",
                             .difference = std::move(difference)}},
            .notes = {}};
}

TEST(PrintCheck, SaysWhatIsEqual) {
    EXPECT_EQ(printed(report_of({}), Format::kTable),
              "snapshot: equal to a full rebuild of 2.0 KiB of log, digest aa\n");
}

TEST(PrintCheck, NamesTableKeyColumnAndBothValues) {
    const std::string text = printed(
        report_of(index::TableDifference{"runs_d", "run_id=r\x1b", "name", "a", std::nullopt}),
        Format::kTable);
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "snapshot: differs from the log: runs_d, row run_id=r\\x1b, column name: 'a' in the "
              "snapshot, NULL in a full rebuild");
}

TEST(PrintCheck, ARowOfOneSideHasNoColumn) {
    const std::string text =
        printed(report_of(index::TableDifference{"runs_d", "run_id=r", ""}), Format::kTable);
    EXPECT_EQ(text.substr(0, text.find('\n')),
              "snapshot: differs from the log: runs_d, row run_id=r: only one of the snapshot and "
              "a full rebuild has it");
}

TEST(PrintCheck, ProgramsGetARowForEachComparison) {
    EXPECT_EQ(
        printed(report_of(index::TableDifference{"runs_d", "run_id=r", "name", "a", std::nullopt}),
                Format::kNdjson),
        R"({"name":"snapshot","path":"x/runs.duckdb","equal":false,"bytes":2048,)"
        R"("kept_digest":"aa","digest":"aa","rebuilt_digest":"bb","table":"runs_d",)"
        R"("key":"run_id=r","column":"name","value":"a","rebuilt_value":null})"
        "\n");
    EXPECT_EQ(printed(report_of({}), Format::kNdjson),
              R"({"name":"snapshot","path":"x/runs.duckdb","equal":true,"bytes":2048,)"
              R"("kept_digest":"aa","digest":"aa","rebuilt_digest":"bb","table":null,)"
              R"("key":null,"column":null,"value":null,"rebuilt_value":null})"
              "\n");
}

}  // namespace
}  // namespace daybook::cli
