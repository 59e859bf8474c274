#include "cli/program_reports.h"

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"

namespace daybook::cli {
namespace {

constexpr auto kOut = os::OutputStream::kOut;
constexpr auto kErr = os::OutputStream::kErr;

TEST(ProgramReports, ComeByOutputAndByFileAndAreCountedTogether) {
    TestRunLedger ledger;
    ProgramReports reports(ledger.recorder(), ledger.notes());
    const std::string path = ledger.file("m.jsonl", "");
    ASSERT_TRUE(reports.follow(path));
    reports.add_output(kOut, "daybook: {\"metric\":{\"a\":1}}\n");
    reports.add_output(kErr, "daybook: {\"note\":\"hot\"}");
    ledger.file("m.jsonl", "{\"metric\":{\"a\":2}}\n{\"tag\":{\"k\":\"v\"}}");
    reports.look_at_file();
    reports.finish();
    EXPECT_EQ(reports.recorded(), 4u);
    EXPECT_EQ(ledger.lines_with(R"("metrics":{"a":1},"step":0)"), 1u);
    EXPECT_EQ(ledger.lines_with(R"("metrics":{"a":2},"step":1)"), 1u);
    EXPECT_EQ(ledger.lines_with(R"("note":"hot")"), 1u);
    EXPECT_EQ(ledger.lines_with(R"("tags":{"k":"v"})"), 1u);
}

TEST(ProgramReports, OneThatIsNoneIsToldWithItsPlace) {
    TestRunLedger ledger;
    ProgramReports reports(ledger.recorder(), ledger.notes());
    reports.add_output(kOut, "epoch 1\ndaybook: {\"metric\":{\"a\":NaN}}\n");
    reports.add_output(kErr, "daybook: {\"metric\":7}\n");
    reports.finish();
    EXPECT_EQ(reports.recorded(), 0u);
    EXPECT_EQ(reports.refused(), 2u);
    ASSERT_EQ(ledger.told().size(), 2u);
    EXPECT_TRUE(ledger.told()[0].starts_with("stdout line 2: parse {\"metric\":{\"a\":NaN}}"))
        << ledger.told()[0];
    EXPECT_TRUE(ledger.told()[1].starts_with("stderr line 1: ")) << ledger.told()[1];
    EXPECT_NE(ledger.told()[1].find("/metrics"), std::string::npos) << ledger.told()[1];
}

TEST(ProgramReports, AFileThatIsNamedIsMeasured) {
    TestRunLedger ledger;
    ProgramReports reports(ledger.recorder(), ledger.notes());
    const std::string path = ledger.file("curve.png", "12345");
    reports.add_output(kOut, "daybook: {\"artifact\":\"" + path + "\",\"type\":\"plot\"}\n");
    reports.add_output(kOut, "daybook: {\"artifact\":\"/nowhere\"}\n");
    EXPECT_EQ(ledger.lines_with(R"("size_bytes":5)"), 1u);
    EXPECT_EQ(ledger.lines_with(R"("artifact_type":"plot")"), 1u);
    ASSERT_EQ(ledger.told().size(), 1u);
    EXPECT_NE(ledger.told()[0].find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
