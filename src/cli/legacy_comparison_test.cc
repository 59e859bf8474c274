#include "cli/legacy_comparison.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

std::string printed(const legacy::CompareReport& report, Format format,
                    const ComparedFile& file = {.name = "lab"}) {
    ::testing::internal::CaptureStdout();
    {
        Context context;
        context.format = format;
        print_comparison(file, report, {.since = parse_day("2026-01-23")}, context);
    }
    return ::testing::internal::GetCapturedStdout();
}

legacy::CompareReport some_report() {
    legacy::CompareReport report{.runs_in_both = 2, .runs_different = 1};
    report.tables = {{.table = "trial_results", .equal = 5, .different = 1, .only_in_log = 1}};
    report.differences = {{.table = "trial_results",
                           .run_id = "r1",
                           .key = "trial_id=t\x1b[0m",
                           .column = "metrics",
                           .pointer = "/a",
                           .in_log = "1.5"},
                          {.table = "trial_results",
                           .run_id = "r1",
                           .key = "trial_id=u",
                           .kind = legacy::DifferenceKind::kOnlyInLog}};
    report.differences_total = 3;
    report.explained = {{"runs_d", "name", legacy::Explanation::kNotInFile, 2}};
    return report;
}

TEST(LegacyComparisonTest, PeopleReadWhatDiffersAndWhatDoesNot) {
    const std::string text = printed(some_report(), Format::kTable);
    for (const char* words :
         {"trial_id=t\\x1b[0m", "metrics/a", "1.5", "(none)", "a row", "no such row",
          "(the first 2 of 3; --limit 0 lists all)", "runs_d.name, 2 rows: the file does not keep",
          "runs: 2 in both, 0 in the file alone, 0 in the log alone", "3 differences in 1 run\n"}) {
        EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
    }
    EXPECT_EQ(text.find("--time-tolerance"), std::string::npos) << text;
}

TEST(LegacyComparisonTest, OnlyTimesNameTheToleranceThatTakesThem) {
    legacy::CompareReport report = some_report();
    report.differences_of_times = 3;
    report.greatest_of_times_ms = 340;
    EXPECT_NE(printed(report, Format::kTable)
                  .find("all are of times, by 340 ms at most: --time-tolerance 340 takes them"),
              std::string::npos);
}

TEST(LegacyComparisonTest, ProgramsReadAllOfIt) {
    EXPECT_EQ(printed(some_report(), Format::kCsv),
              "table,run_id,key,kind,column,pointer,in_log,in_file\n"
              "trial_results,r1,trial_id=t\x1b[0m,value,metrics,/a,1.5,\n"
              "trial_results,r1,trial_id=u,only_in_log,\"\",\"\",,\n");
    const std::string json = printed(some_report(), Format::kJson);
    for (const char* words :
         {R"("source":"lab","older_copy_ms":null,"since":"2026-01-23","until":null)",
          R"("equal":false,"left_out":[])", R"("kind":"only_in_log")",
          R"("why":"not_in_file","rows":2)", R"("differences_total":3)"}) {
        EXPECT_NE(json.find(words), std::string::npos) << words << "\n" << json;
    }
}

TEST(LegacyComparisonTest, EqualIsSaid) {
    const std::string text = printed({.runs_in_both = 1}, Format::kTable);
    EXPECT_NE(text.find("equal: the log has all that 'lab' says\n"), std::string::npos) << text;
}

TEST(LegacyComparisonTest, WhatIsInNoEventIsNotCertified) {
    const ComparedFile file{.name = "lab", .left_out = {{"notes", "no rule reads its 3 rows"}}};
    const std::string text = printed({.runs_in_both = 1}, Format::kTable, file);
    EXPECT_NE(text.find("in no event, and not compared:\n  notes: no rule reads its 3 rows\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("equal in what is read of 'lab', which is not all of it\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("the log has all"), std::string::npos) << text;
    EXPECT_NE(printed({.runs_in_both = 1}, Format::kJson, file)
                  .find(R"("left_out":[{"table":"notes","what":"no rule reads its 3 rows"}])"),
              std::string::npos);
}

TEST(LegacyComparisonTest, AnOlderCopyIsNamed) {
    const std::string text =
        printed({.runs_in_both = 1}, Format::kTable, {.name = "lab", .older_copy = TimestampMs(0)});
    EXPECT_NE(text.find("equal: the log has all that the copy of 1970-01-01T00:00:00.000Z of 'lab' "
                        "says\n"),
              std::string::npos)
        << text;
}

}  // namespace
}  // namespace daybook::cli
