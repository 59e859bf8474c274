#include "cli/report_worker.h"

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"

namespace daybook::cli {
namespace {

TEST(ReportWorker, ReadsOutputAndFileUntilTheEnd) {
    TestRunLedger ledger;
    ProgramReports reports(ledger.recorder(), ledger.notes());
    ASSERT_TRUE(reports.follow(ledger.root() + "/m.jsonl"));
    ReportWorker worker(reports, ledger.notes());
    for (int i = 0; i < 100; ++i) {
        worker.add_output(os::OutputStream::kOut, R"(daybook: {"metric":{"o":1}})");
        worker.add_output(os::OutputStream::kErr, std::string(1 << 20, 'x'));
        worker.add_output(os::OutputStream::kOut, "\n");
    }
    ledger.file("m.jsonl", R"({"metric":{"f":1}})");
    worker.finish();
    EXPECT_EQ(ledger.lines_with(R"("metrics":{"o":1})"), 100u);
    EXPECT_EQ(ledger.lines_with(R"("metrics":{"f":1})"), 1u);
    EXPECT_EQ(reports.recorded(), 101u);
    EXPECT_TRUE(ledger.told().empty());
}

}  // namespace
}  // namespace daybook::cli
