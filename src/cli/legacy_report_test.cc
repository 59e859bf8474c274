#include "cli/legacy_report.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

// That sources are looked at is in tests/cli/legacy_status.transcript and tests/legacy/.
std::string printed(const SourceReport& report, Format format) {
    ::testing::internal::CaptureStdout();
    {
        Context context;
        context.format = format;
        print_sources({report}, context);
    }
    return ::testing::internal::GetCapturedStdout();
}

SourceReport some_report() {
    SourceReport report{.source = {.name = "lab",
                                   .path = "/data/lab.duckdb",
                                   .cutover = parse_day("2026-01-23"),
                                   .attached_at = "2026-02-01T10:00:00.000Z"},
                        .state = "held",
                        .detail = "pid 7 (python3) has it open for writing"};
    report.cached = legacy::CacheState{.bytes = 2048,
                                       .sha256 = "ab",
                                       .copied_at = TimestampMs(1'769'126'400'000),
                                       .events = 1234,
                                       .runs = 5,
                                       .tables = {{"t", "trial.recorded", 8, 2}},
                                       .notes = {"x: not \"known\" \x1b[0m"}};
    report.runs = legacy::CutoverReport{
        .in_both = 3,
        .in_file_alone = 2,
        .disagreeing = {{"r1", legacy::Disagreement::kCreated, TimestampMs(1'769'126'399'999),
                         TimestampMs(1'769'126'400'000)},
                        {"r2", legacy::Disagreement::kLegacyLate, std::nullopt,
                         TimestampMs(1'769'126'400'000)}}};
    return report;
}

TEST(PrintSources, ProgramsGetARowForEachFile) {
    EXPECT_EQ(printed(some_report(), Format::kNdjson),
              R"({"name":"lab","path":"/data/lab.duckdb","mapping":"seed","cutover":"2026-01-23",)"
              R"("attached_at":"2026-02-01T10:00:00.000Z","state":"held",)"
              R"("detail":"pid 7 (python3) has it open for writing","copied_at_ms":1769126400000,)"
              R"("bytes":2048,"sha256":"ab","runs":5,"events":1234,)"
              R"("tables":[{"table":"t","event":"trial.recorded","rows":8,"invalid":2}],)"
              R"("notes":["x: not \"known\" \u001b[0m"],"runs_in_both":3,"runs_in_file_alone":2,)"
              R"("runs_in_log_alone":0,"disagreements":[{"run_id":"r1","kind":"created_differs",)"
              R"("created_in_log_ms":1769126399999,"created_in_file_ms":1769126400000},)"
              R"({"run_id":"r2","kind":"legacy_after_cutover","created_in_log_ms":null,)"
              R"("created_in_file_ms":1769126400000}]})"
              "\n");
}

TEST(PrintSources, WhatIsNotKnownIsNull) {
    const SourceReport nothing{.source = {.name = "lab", .path = "/x", .mapping = "/m.toml"},
                               .state = "no copy"};
    EXPECT_EQ(printed(nothing, Format::kNdjson),
              R"({"name":"lab","path":"/x","mapping":"/m.toml","cutover":null,)"
              R"("attached_at":null,"state":"no copy","detail":null,"copied_at_ms":null,)"
              R"("bytes":null,"sha256":null,"runs":null,"events":null,"tables":null,)"
              R"("notes":null,"runs_in_both":null,"runs_in_file_alone":null,)"
              R"("runs_in_log_alone":null,"disagreements":null})"
              "\n");
}

TEST(PrintSources, PeopleGetTheDetailsBelow) {
    const std::string text = printed(some_report(), Format::kTable);
    for (const char* line : {
             "held: pid 7 (python3) has it open for writing\n",
             "t      trial.recorded     8        2\n",
             "not understood, or left out:\n  x: not \"known\" \\x1b[0m\n",
             "runs: 3 in both, 2 in the file alone, 0 in the log alone\n"
             "of those in both, one answers for each: what the other has of it is in no answer, "
             "but for tags, notes and deletion\n",
             "  r1: created 2026-01-22 23:59:59 in the log and 2026-01-23 00:00:00 in the file: "
             "the "
             "log decides\n",
             "  r2: created 2026-01-23 00:00:00, and only the file has it\n",
         }) {
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    }
}

TEST(PrintSources, PeopleAreSparedLongLists) {
    SourceReport report = some_report();
    report.cached->notes.assign(1011, "a note");
    EXPECT_NE(
        printed(report, Format::kTable).find("  … and 1,001 more: --format json has them all\n"),
        std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
