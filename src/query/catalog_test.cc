#include "query/catalog.h"

#include <sys/stat.h>
#include <unistd.h>

#include "query/fresh.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

class CatalogTest : public ::testing::Test {
protected:
    void artifact(const std::string& run_id, const std::string& type, const std::string& path,
                  const std::string& more = "") {
        ledger_.append({fmt::format(R"({{"event_type":"artifact.created","timestamp_ms":5,)"
                                    R"("run_id":"{}","artifact_type":"{}","artifact_path":"{}",)"
                                    R"("size_bytes":3{}}})",
                                    run_id, type, path, more)});
    }
    void completed(const std::string& run_id) {
        ledger_.append({fmt::format(R"({{"event_type":"run.completed","timestamp_ms":9000,)"
                                    R"("run_id":"{}","summary":{{}},"artifact_paths":{{}}}})",
                                    run_id)});
    }
    std::vector<std::string> chosen(const FileChoice& choice) {
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        std::vector<std::string> names;
        for (const CatalogFile& file :
             testing::value_of(files_of_completed_runs(fresh.session, ledger_.root(), choice))) {
            names.push_back(file.run_id + " " + file.path);
        }
        return names;
    }
    using Names = std::vector<std::string>;

    testing::LedgerLines ledger_;
};

TEST_F(CatalogTest, FilesOfARunAreFoundWhereTheyLie) {
    ledger_.created("r", 1);
    artifact("r", "trades", "a/trades.Parquet", R"(,"rows":7,"sha256":"aa","trial_id":"t")");
    artifact("r", "log", "/elsewhere/log", R"(,"format":"text")");
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    const auto files = testing::value_of(files_of_run(fresh.session, ledger_.root(), "r"));
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].file, "/elsewhere/log");
    EXPECT_EQ(files[0].format, "text");
    EXPECT_EQ(files[0].rows, std::nullopt);
    EXPECT_EQ(files[1].file, ledger_.root() + "/a/trades.Parquet");
    EXPECT_EQ(files[1].format, "parquet");
    EXPECT_EQ(files[1].rows, 7);
    EXPECT_EQ(files[1].trial_id, "t");
}

TEST_F(CatalogTest, AFileIsThereMissingOrOfAnotherSize) {
    CatalogFile file{.file = ledger_.root() + "/x", .size_bytes = 3};
    EXPECT_EQ(look_at(file).state, FileState::kMissing);
    ASSERT_TRUE(os::write_file_atomic(file.file, "abc").has_value());
    EXPECT_EQ(look_at(file).state, FileState::kPresent);
    file.size_bytes = 4;
    EXPECT_EQ(look_at(file).state, FileState::kOtherSize);
    EXPECT_EQ(look_at(file).why, "it has 3 bytes, 4 were recorded");
}

TEST_F(CatalogTest, WhatIsNoFileIsNeitherOpenedNorWaitedFor) {
    const CatalogFile pipe{.file = ledger_.root() + "/pipe"};
    ASSERT_EQ(::mkfifo(pipe.file.c_str(), 0600), 0);
    EXPECT_EQ(look_at(pipe).state, FileState::kNoFile);
    EXPECT_EQ(look_at(pipe).why, "it is a pipe or a device, no file");
    EXPECT_EQ(look_at({.file = ledger_.root()}).why, "it is a directory, no file");
}

TEST_F(CatalogTest, WhatCannotBeLookedAtIsAState) {
    EXPECT_EQ(look_at({.file = "/" + std::string(300, 'a')}).state, FileState::kUnreadable);
    const std::string loop = ledger_.root() + "/loop";
    ASSERT_EQ(::symlink("loop", loop.c_str()), 0);
    EXPECT_EQ(look_at({.file = loop}).state, FileState::kUnreadable);
    EXPECT_NE(look_at({.file = loop}).why.find(loop + ": "), std::string::npos);
}

TEST_F(CatalogTest, OnlyParquetOfCompletedRunsIsChosenTheNewestRunFirst) {
    ledger_.created("old", 1'000, R"(,"experiment":"e1")");
    ledger_.created("new", 2'000);
    ledger_.created("child", 3'000, R"(,"parent_run_id":"old")");
    ledger_.created("running", 4'000);
    for (const char* run : {"old", "new", "child", "running"}) {
        artifact(run, "paths", "paths.parquet");
        artifact(run, "paths", "paths.csv");
        artifact(run, "slice", "slice.parquet");
        if (run != std::string("running")) completed(run);
    }
    EXPECT_EQ(chosen({.types = {"paths"}}),
              (Names{"child paths.parquet", "new paths.parquet", "old paths.parquet"}));
    EXPECT_EQ(chosen({.types = {"paths", "slice"}, .run_ids = {"new"}}),
              (Names{"new paths.parquet", "new slice.parquet"}));
    // A run stands for those below it, too.
    EXPECT_EQ(chosen({.types = {"paths"}, .run_ids = {"old"}}),
              (Names{"child paths.parquet", "old paths.parquet"}));
    EXPECT_EQ(chosen({.types = {"paths"}, .experiment = "e1"}), Names{"old paths.parquet"});
}

}  // namespace
}  // namespace daybook::query
