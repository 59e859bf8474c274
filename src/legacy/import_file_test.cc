#include "legacy/import_file.h"

#include "legacy/cache.h"
#include "legacy/test_legacy.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::legacy {
namespace {

class ImportFileTest : public LegacyTest {
protected:
    void SetUp() override {
        run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
            "VARCHAR, created_at_ms BIGINT, x DOUBLE); INSERT INTO optimizer.trials_f VALUES "
            "('r', 't', 1700000000000, 1)");
    }
    const ledger::LedgerDir ledger_{dir_ / "ledger"};
};

TEST_F(ImportFileTest, LeavesTheLogTheIndexAndNothingElse) {
    const ImportReport report = must(import_file(ledger_, file_, {}));
    EXPECT_EQ(report.written, 1U);
    EXPECT_FALSE(must(os::exists(ledger_.index_dir() + "/legacy")));
    EXPECT_EQ(must(import_file(ledger_, file_, {})).known, 1U);
    // Under another name the rows are other events.
    const ImportReport other = must(import_file(ledger_, file_, {.name = "other"}));
    EXPECT_EQ(other.written, 1U);
    EXPECT_EQ(other.stream.notes.at(0),
              file_ +
                  " has been imported as 'old' before: as 'other' its rows are other events, and "
                  "the log has both; --name old makes them the same");
}

TEST_F(ImportFileTest, ANameThatNobodyHasChosenIsThatOfOneFile) {
    must(import_file(ledger_, file_, {}));
    must(os::make_dirs(dir_ / "next"));
    const std::string next = dir_ / "next/old.duckdb";
    run_sql(next,
            "CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
            "VARCHAR, created_at_ms BIGINT, x DOUBLE); INSERT INTO optimizer.trials_f VALUES "
            "('r', 't', 1700000000000, 2), ('r', 'u', 1700000000000, 2)");
    for (const bool dry_run : {true, false}) {
        const auto mixed = import_file(ledger_, next, {.dry_run = dry_run});
        ASSERT_FALSE(mixed);
        EXPECT_EQ(mixed.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_EQ(mixed.error().message(),
                  "import " + next + ": its name stands for another file, " + file_ +
                      ", which is imported as 'old': rows of both would be mixed under one name; "
                      "--name OTHER gives this file a name of its own, and --name old says that it "
                      "is that one");
    }
    EXPECT_EQ(must(import_file(ledger_, next, {.name = "next"})).written, 2U);
    // The same file, elsewhere or grown.
    must(os::rename(file_, dir_ / "next/old.duckdb"));
    EXPECT_EQ(must(import_file(ledger_, next, {})).known, 1U);
    run_sql(next, "INSERT INTO optimizer.trials_f VALUES ('r', 'v', 1700000000000, 1)");
    EXPECT_FALSE(import_file(ledger_, next, {})) << "it has moved and grown";
    EXPECT_EQ(must(import_file(ledger_, next, {.name = "old"})).written, 1U);
    EXPECT_TRUE(import_file(ledger_, next, {})) << "somebody has said that it is that one";
}

TEST_F(ImportFileTest, RunsThatAnImportOfAnotherFileHasBroughtAreTold) {
    const std::string schema =
        "CREATE TABLE backtest_runs (run_id VARCHAR, created_at_ms BIGINT, config VARCHAR); INSERT "
        "INTO backtest_runs VALUES ";
    run_sql(dir_ / "one.duckdb", schema + "('a', 1700000000000, '{\"x\":1}')");
    run_sql(dir_ / "two.duckdb",
            schema + "('a', 1700000000000, '{\"x\":2}'), ('b', 1700000000000, '{}')");
    must(import_file(ledger_, dir_ / "one.duckdb", {}));
    const std::string note =
        "1 run, such as a, is in the log by an import of 'one', too: what both files say under one "
        "id is one run there";
    const auto imported = [&](const char* file, bool dry_run) {
        return note_with(must(import_file(ledger_, dir_ / file, {.dry_run = dry_run})).stream.notes,
                         "too:");
    };
    EXPECT_EQ(imported("two.duckdb", true), note);
    EXPECT_EQ(imported("two.duckdb", false), note);
}

TEST_F(ImportFileTest, TheNameOfAnAttachedFileIsNoOthers) {
    must(ledger::EventLog::open(ledger_));
    must(attach_source(ledger_, {.name = "old", .path = dir_ / "elsewhere/old.duckdb"}));
    const auto mixed = import_file(ledger_, file_, {});
    ASSERT_FALSE(mixed);
    EXPECT_NE(mixed.error().message().find("which is attached as 'old'"), std::string::npos)
        << mixed.error().message();
    EXPECT_EQ(must(import_file(ledger_, file_, {.name = "old"})).written, 1U);
}

TEST_F(ImportFileTest, ADryRunNeedsNoLedgerAndMakesNone) {
    const ImportReport report = must(import_file(ledger_, file_, {.dry_run = true}));
    EXPECT_EQ(report.written, 1U);
    EXPECT_EQ(report.events, 1U);
    EXPECT_FALSE(must(os::exists(ledger_.root())));
}

TEST_F(ImportFileTest, OneAtATime) {
    must(os::make_dirs(ledger_.root()));
    const os::LockFile lock = must(os::LockFile::acquire(ledger_.legacy_lock_path(), 0));
    const auto report = import_file(ledger_, file_, {.wait_ms = 0});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kBusy);
}

TEST_F(ImportFileTest, WhatIsNoDatabaseIsRefused) {
    must(os::write_file_atomic(dir_ / "text.duckdb", std::string(5'000, 'x')));
    const auto report = import_file(ledger_, dir_ / "text.duckdb", {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kCorrupt);
    EXPECT_EQ(import_file(ledger_, dir_ / "none", {}).error().code(), ErrorCode::kNotFound);
    // Nor does a file whose tables are unknown leave a ledger that was not there.
    run_sql(dir_ / "birds.duckdb", "CREATE TABLE birds (name VARCHAR)");
    EXPECT_EQ(import_file(ledger_, dir_ / "birds.duckdb", {}).error().code(),
              ErrorCode::kInvalidArgument);
    EXPECT_FALSE(must(os::exists(ledger_.root())));
}

TEST_F(ImportFileTest, IsInTheWayOfNoSourceWhateverItsName) {
    const Source source{.name = "import", .path = file_};
    Cache cache(ledger_, source);
    must(cache.refresh());
    must(import_file(ledger_, file_, {.name = "other"}));
    EXPECT_TRUE(cache.published());
}

TEST_F(ImportFileTest, TheLastCopyServesWhereTheFileIsGoneOrDamaged) {
    const Source source{.name = "old", .path = file_};
    Cache cache(ledger_, source);
    must(cache.refresh());
    EXPECT_EQ(cache.source_problem(), std::nullopt);
    must(os::write_file_atomic(file_, "text"));
    must(ledger::EventLog::open(ledger_));
    const ImportReport dry = must(import_file(ledger_, file_, {.source = source, .dry_run = true}));
    EXPECT_EQ(dry.written, 1U);
    must(os::remove_file(file_));
    ASSERT_TRUE(cache.source_problem());
    const ImportReport report = must(import_file(ledger_, file_, {.source = source}));
    EXPECT_EQ(report.written, 1U);
    ASSERT_FALSE(report.stream.notes.empty());
    EXPECT_NE(report.stream.notes[0].find("what is imported is the copy of 20"), std::string::npos)
        << report.stream.notes[0];
    EXPECT_TRUE(cache.published());
    must(cache.remove());
    EXPECT_EQ(import_file(ledger_, file_, {.source = source}).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::legacy
