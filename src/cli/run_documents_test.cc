#include "cli/run_documents.h"

#include <string>

#include <gtest/gtest.h>

#include "capture/diff_store.h"
#include "ledger/event_log.h"
#include "query/fresh.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

class RunDocumentsTest : public ::testing::Test {
protected:
    void emit(const std::string& event) {
        const auto log = ledger::EventLog::open(ledger::LedgerDir(root_)).value();
        const auto receipt = log->emit_json(event);
        EXPECT_TRUE(receipt.has_value()) << receipt.error().message();
    }
    std::string part(const std::string& name, const std::string& run_id = "r1") {
        query::Session session = query::open_fresh(root_).value().session;
        const RunDocuments documents = read_run_documents(session, root_, run_id).value();
        for (const RunDocuments::Part& found : documents.parts) {
            if (found.name == name) return found.json;
        }
        return "";
    }
    testing::TempDir temp_;
    const std::string root_ = temp_ / "ledger";
};

TEST_F(RunDocumentsTest, EachPartHasWhatBelongsToIt) {
    const capture::StoredDiff diff =
        capture::store_diff(root_, "diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n").value();
    emit(R"({"event_type":"run.created","run_id":"r1","run_type":"t","config":{"stop":0.05},)"
         R"("data_fingerprint":"f","seed":7,"environment":{"host":"h","argv":["a","b c"]}})");
    emit(R"({"event_type":"run.environment","run_id":"r1","git_commit":"1f5c","git_dirty":true,)"
         R"("git_diff_sha256":")" +
         diff.sha256 + R"(","git_diff_path":")" + diff.path + R"(","packages":{"numpy":"2.1"}})");
    emit(
        R"({"event_type":"trial.recorded","run_id":"r1","trial_id":"a","params":{},"metrics":{"s":1}})");
    emit(
        R"({"event_type":"trial.recorded","run_id":"r1","trial_id":"b","params":{},"metrics":{"s":3}})");
    emit(
        R"({"event_type":"trial.recorded","run_id":"r1","trial_id":"c","params":{},"metrics":{"s":9},)"
        R"("feasible":false})");
    for (int step = 0; step < 3; ++step) {
        emit(fmt::format(R"({{"event_type":"metric.recorded","run_id":"r1","step":{0},)"
                         R"("metrics":{{"loss":{0}}}}})",
                         step));
    }
    EXPECT_EQ(part("run"), R"({"run_type":"t","seed":7})");
    EXPECT_EQ(part("code"), R"({"git_commit":"1f5c","git_dirty":true,"git_diff":"1 file, +1 -1 ()" +
                                diff.sha256.substr(0, 12) + ")\"}");
    EXPECT_EQ(part("configuration"), R"({"stop":0.05})");
    EXPECT_EQ(part("data"), R"({"data_fingerprint":"f"})");
    EXPECT_EQ(part("environment"), R"({"host":"h","argv":"a b c","packages":{"numpy":"2.1"}})");
    const std::string results = part("results");
    EXPECT_NE(results.find(R"("trial_metrics":{"s":{"max":3.0,"min":1.0}})"), std::string::npos)
        << results;
    EXPECT_NE(results.find(R"("last_points":{"loss":2.0})"), std::string::npos) << results;
}

// As many files under other names are other code.
TEST_F(RunDocumentsTest, UntrackedFilesAreComparedByName) {
    emit(R"({"event_type":"run.environment","run_id":"r1","git_commit":"1f5c",)"
         R"("git_untracked":["a/b.py","c"],"git_untracked_count":2})");
    EXPECT_EQ(part("code"), R"({"git_commit":"1f5c","git_untracked":{"a/b.py":true,"c":true}})");
    emit(R"({"event_type":"run.environment","run_id":"r2","git_commit":"1f5c",)"
         R"("git_untracked":["a/b.py","d"],"git_untracked_count":1700})");
    EXPECT_EQ(part("code", "r2"),
              R"({"git_commit":"1f5c","git_untracked":{"a/b.py":true,"d":true},)"
              R"("git_untracked_count":1700})");
}

TEST_F(RunDocumentsTest, ARunWithoutItsFirstEventHasEmptyParts) {
    emit(R"({"event_type":"run.started","run_id":"r1"})");
    for (const char* name : {"run", "code", "configuration", "data", "environment"}) {
        EXPECT_EQ(part(name), "{}") << name;
    }
}

}  // namespace
}  // namespace daybook::cli
