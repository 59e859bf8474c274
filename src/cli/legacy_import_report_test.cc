#include "cli/legacy_import_report.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

// That files are imported is in tests/cli/legacy_import.transcript and tests/legacy/.
std::string printed(const legacy::ImportReport& report, Format format, bool dry_run = false) {
    ::testing::internal::CaptureStdout();
    {
        Context context;
        context.format = format;
        print_import(report, {.source = "lab", .path = "/data/lab.duckdb", .dry_run = dry_run},
                     context);
    }
    return ::testing::internal::GetCapturedStdout();
}

legacy::ImportReport some_report() {
    legacy::ImportReport report{.events = 1'234,
                                .written = 1'200,
                                .known = 34,
                                .changed = 1,
                                .changed_rows = {{{"t", R"(["r",null])"}, "an id"}},
                                .invalid = 2,
                                .invalid_rows = {{{"t", R"(["a\"b"])"}, "run.created", "why"}},
                                .left_out = {{"v", "no rule reads its row"}},
                                .left_to_log = 7,
                                .runs_of_log = {"own"},
                                .of_removed_runs = 3,
                                .removed_runs = {"gone"},
                                .runs = 5,
                                .first_day = parse_day("2026-01-02"),
                                .last_day = parse_day("2026-01-03"),
                                .bytes = 99};
    report.stream.rules = {{"t", "run.created", 1'234, 2}, {"u", "run.failed", 0, 0}};
    report.stream.notes = {"a note"};
    report.stream.unmapped = {"v"};
    return report;
}

TEST(PrintImport, ProgramsGetTheTotalsToo) {
    const std::string expected =
        R"({"source":"lab","path":"/data/lab.duckdb","dry_run":true,"older_copy_ms":null,"events":1234,"written":1200,)"
        R"("known":34,"changed":1,"invalid":2,"left_to_log":7,"of_removed_runs":3,"runs":5,)"
        R"("first_day":"2026-01-02",)"
        R"("last_day":"2026-01-03","bytes":99,"tables":[{"table":"t","event":"run.created",)"
        R"("events":1234,"invalid":2},{"table":"u","event":"run.failed","events":0,"invalid":0}],)"
        R"("notes":["a note"],"unmapped":["v"],"left_out":[{"table":"v","what":"no rule )"
        R"(reads its row"}],"changed_rows":[{"table":"t","key":["r",null],)"
        R"("event_id":"an id"}],"invalid_rows":[{"table":"t","key":["a\"b"],"event":"run.created",)"
        R"("reason":"why"}],"runs_of_log":["own"],"removed_runs":["gone"]})"
        "\n";
    EXPECT_EQ(printed(some_report(), Format::kJson, true), expected);
    EXPECT_EQ(printed(some_report(), Format::kNdjson, true), expected);
}

TEST(PrintImport, AFileWithoutEventsHasNoDays) {
    EXPECT_NE(printed({}, Format::kJson).find(R"("first_day":null,"last_day":null)"),
              std::string::npos);
    EXPECT_TRUE(
        printed({}, Format::kTable).ends_with("\n0 events of 0 runs: 0 written, 0 were there\n"));
}

TEST(PrintImport, PeopleGetRulesThatHaveEventsAndOneLine) {
    EXPECT_EQ(printed(some_report(), Format::kTable),
              "table  event        events\n"
              "-----  -----------  ------\n"
              "t      run.created    1234\n"
              "1,234 events of 5 runs, 2026-01-02 to 2026-01-03: 1,200 written, 34 were there, 1 "
              "others have changed since and stay as they were, 7 are left to the log, 3 are of "
              "removed runs, 2 rows are no "
              "events\n"
              "in no event: v: no rule reads its row\n");
    EXPECT_EQ(printed(some_report(), Format::kCsv),
              "table,event,events,invalid\nt,run.created,1234,2\nu,run.failed,0,0\n");
}

}  // namespace
}  // namespace daybook::cli
