#include "index/check.h"

#include <filesystem>
#include <fstream>

#include "duck/database.h"
#include "index/builder.h"
#include "index/index_layout.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::index {
namespace {

class CheckTest : public ::testing::Test {
protected:
    CheckTest() {
        ledger_.created("r1", 1);
        ledger_.append({
            R"({"event_type":"trial.recorded","timestamp_ms":2,"run_id":"r1","trial_id":"t1","params":{"p":1},"metrics":{"m":1}})",
            R"({"event_type":"phase.started","timestamp_ms":3,"run_id":"r1","phase_name":"p","phase_order":0})",
        });
        build();
    }

    void build(const BuildOptions& options = {}) {
        testing::value_of(index::build(ledger_.root(), options));
    }
    CheckReport check() { return testing::value_of(index::check(ledger_.root(), options_)); }
    ErrorCode failure() { return index::check(ledger_.root(), options_).error().code(); }

    // Changes a database behind the builder's back.
    static void change(const std::string& path, const std::string& sql) {
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        duck::Database database = testing::value_of(duck::Database::open(path));
        testing::expect_ok(testing::value_of(database.connect()).execute(sql));
    }
    void change_snapshot(const std::string& sql) { change(layout_.snapshot_path(), sql); }
    void change_state(const std::string& sql) { change(layout_.work_path(), sql); }

    bool left_anything() const { return std::filesystem::exists(layout_.index_dir() + "/check"); }

    testing::LedgerLines ledger_;
    IndexLayout layout_{ledger_.root()};
    CheckOptions options_;
};

TEST_F(CheckTest, AnIndexThatIsWhatTheLogSaysIsEqual) {
    const CheckReport report = check();
    ASSERT_EQ(report.comparisons.size(), 2U);
    EXPECT_TRUE(report.is_equal());
    EXPECT_EQ(report.notes, std::vector<std::string>());
    for (const Comparison& comparison : report.comparisons) {
        EXPECT_EQ(comparison.digest, comparison.rebuilt_digest);
        EXPECT_EQ(comparison.digest, comparison.kept_digest);
        EXPECT_NE(comparison.digest, Hash128().to_hex());
        EXPECT_GT(comparison.bytes, 100U);
    }
    EXPECT_EQ(report.comparisons[0].name, "snapshot");
    EXPECT_EQ(report.comparisons[0].path, layout_.snapshot_path());
    EXPECT_EQ(report.comparisons[1].name, "incremental state");
    EXPECT_EQ(report.comparisons[1].path, layout_.work_path());
    EXPECT_FALSE(left_anything());
}

TEST_F(CheckTest, AChangedSnapshotIsNamedAndTheStateIsEqualStill) {
    change_snapshot("UPDATE trial_results SET metrics = '{\"m\":7}'");
    const CheckReport report = check();
    EXPECT_FALSE(report.is_equal());
    EXPECT_EQ(report.comparisons[0].difference,
              (TableDifference{"trial_results", "run_id=r1,trial_id=t1", "metrics", R"({"m":7})",
                               R"({"m":1})"}));
    EXPECT_NE(report.comparisons[0].digest, report.comparisons[0].rebuilt_digest);
    EXPECT_EQ(report.comparisons[1].difference, std::nullopt);
}

TEST_F(CheckTest, AChangedStateIsNamedAndTheSnapshotIsEqualStill) {
    change_state("DELETE FROM runs_status");
    const CheckReport report = check();
    EXPECT_EQ(report.comparisons[0].difference, std::nullopt);
    EXPECT_EQ(report.comparisons[1].difference, (TableDifference{"runs_status", "run_id=r1", ""}));
}

TEST_F(CheckTest, AKeptDigestThatIsNotThatOfTheRowsIsADifference) {
    const std::string wrong(32, '0');
    change_state("UPDATE index_meta SET digest = '" + wrong + "'");
    const CheckReport report = check();
    ASSERT_TRUE(report.comparisons[1].difference);
    EXPECT_EQ(report.comparisons[1].difference->table, "index_meta");
    EXPECT_EQ(report.comparisons[1].difference->column, "digest");
    EXPECT_EQ(report.comparisons[1].difference->left, wrong);
    EXPECT_EQ(report.comparisons[1].difference->right, report.comparisons[1].rebuilt_digest);
}

TEST_F(CheckTest, WhatOnlyTheBuilderUsesIsComparedToo) {
    change_state("UPDATE index_phases SET started_at_ms = 9");
    EXPECT_EQ(check().comparisons[1].difference,
              (TableDifference{"index_phases", "run_id=r1,phase_name=p,iteration=0,phase_order=0",
                               "started_at_ms", "9", "3"}));
}

TEST_F(CheckTest, ALogThatGrowsWhileItRunsChangesNothing) {
    ledger_.created("not indexed yet", 5);
    int calls = 0;
    options_.progress = [&](std::string_view what, std::uint64_t, std::uint64_t) {
        if (what == "rebuild" && calls++ == 0) {
            ledger_.created("meanwhile", 6);
            build();  // Nobody is kept from it.
        }
        return true;
    };
    const CheckReport report = check();
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(report.is_equal());
}

TEST_F(CheckTest, ASnapshotThatIsBehindIsComparedWithWhatItHasRead) {
    ledger_.created("r2", 5);
    const testing::TempDir elsewhere;
    build({.target = elsewhere / "copy.duckdb"});
    CheckReport report = check();
    EXPECT_TRUE(report.is_equal());
    EXPECT_LT(report.comparisons[0].bytes, report.comparisons[1].bytes);
    EXPECT_NE(report.comparisons[0].digest, report.comparisons[1].digest);
    change_snapshot("UPDATE runs_d SET run_type = 'other'");
    report = check();
    EXPECT_EQ(report.comparisons[0].difference,
              (TableDifference{"runs_d", "run_id=r1", "run_type", "other", "policy"}));
    EXPECT_EQ(report.comparisons[1].difference, std::nullopt);
}

TEST_F(CheckTest, APartThatHasGoneIsADifference) {
    testing::expect_ok(os::remove_tree(ledger_.root() + "/events"));
    const CheckReport report = check();
    for (const Comparison& comparison : report.comparisons) {
        EXPECT_EQ(comparison.difference, (TableDifference{"runs_d", "run_id=r1", ""}));
    }
}

TEST_F(CheckTest, WhatABuilderLeftInItsWriteAheadLogDoesNotCount) {
    // As if it had died after its transaction and before its checkpoint.
    {
        duck::Database database = testing::value_of(duck::Database::open(layout_.work_path()));
        duck::Connection connection = testing::value_of(database.connect());
        testing::expect_ok(connection.execute("UPDATE trial_results SET state = 'pruned'"));
        for (const char* name : {"index.duckdb", "index.duckdb.wal"}) {
            std::filesystem::copy(layout_.work_dir() + "/" + name,
                                  layout_.work_dir() + "/died." + name);
        }
    }
    for (const char* name : {"index.duckdb", "index.duckdb.wal"}) {
        std::filesystem::rename(layout_.work_dir() + "/died." + name,
                                layout_.work_dir() + "/" + name);
    }
    EXPECT_FALSE(check().comparisons[1].difference);
}

TEST_F(CheckTest, WithoutAStateTheSnapshotAloneIsCompared) {
    testing::expect_ok(os::remove_tree(layout_.work_dir()));
    const CheckReport report = check();
    EXPECT_EQ(report.comparisons.size(), 1U);
    EXPECT_EQ(report.notes.size(), 1U);
}

TEST_F(CheckTest, WhatCannotBeLookedAtIsAnErrorThatSaysWhatToDo) {
    change_snapshot("UPDATE index_meta SET builder_version = 'of old'");
    const auto other = index::check(ledger_.root());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(other.error().message().find("built by \"of old\""), std::string::npos)
        << other.error().message();

    std::ofstream(layout_.snapshot_path(), std::ios::trunc) << "garbage";
    const auto garbage = index::check(ledger_.root());
    ASSERT_FALSE(garbage);
    EXPECT_NE(garbage.error().message().find("`daybook index` makes it again"), std::string::npos)
        << garbage.error().message();

    testing::expect_ok(os::remove_tree(layout_.index_dir()));
    EXPECT_EQ(failure(), ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(layout_.index_dir())) << "a check makes no index";
}

TEST_F(CheckTest, ABuilderAtWorkIsWaitedForAndSoIsAnotherCheck) {
    options_.wait_ms = 0;
    for (const char* name : {"writer.lock", "check.lock"}) {
        const os::LockFile lock =
            testing::value_of(os::LockFile::acquire(layout_.index_dir() + "/" + name, 0));
        EXPECT_EQ(failure(), ErrorCode::kBusy) << name;
    }
    EXPECT_FALSE(left_anything());
}

TEST_F(CheckTest, WhatAKilledCheckLeftIsRemoved) {
    testing::expect_ok(os::make_dirs(layout_.index_dir() + "/check/rebuild-1"));
    EXPECT_TRUE(check().is_equal());
    EXPECT_FALSE(left_anything());
}

TEST_F(CheckTest, WhoeverWatchesCanStopItAndNothingIsLeft) {
    options_.progress = [](std::string_view, std::uint64_t, std::uint64_t) { return false; };
    EXPECT_EQ(failure(), ErrorCode::kCancelled);
    EXPECT_FALSE(left_anything());
}

}  // namespace
}  // namespace daybook::index
