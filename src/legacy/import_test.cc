#include "legacy/import.h"

#include <atomic>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "index/builder.h"
#include "legacy/import_file.h"
#include "legacy/test_legacy.h"
#include "os/file.h"

namespace daybook::legacy {
namespace {

std::string digest_of(const std::string& root) { return must(index::build(root)).digest; }

class ImportTest : public LegacyTest {
protected:
    // What one import of the file into the ledger in `root` does; the clock stands still, so that
    // `ledger.imported` has the same time everywhere.
    Result<ImportReport> import_into(const std::string& root, ImportOptions options = {}) {
        EventStream stream = open();
        auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
        const KnownEvents known = must(KnownEvents::open(root));
        options.clock = &clock_;
        return import_events(stream, *log, known, options);
    }

    ManualClock clock_{TimestampMs(1'790'000'000'000)};
};

std::string trials(int count) {
    return fmt::format(
        "CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, x DOUBLE); INSERT INTO optimizer.trials_f SELECT 'r' || "
        "(i % 7), 't' || i, 1700000000000 + i * 400, i / 3 FROM range({}) t(i);",
        count);
}

TEST_F(ImportTest, ImportingTwiceChangesNothing) {
    run(trials(1'000));
    const ImportReport first = must(import_into(dir_ / "a"));
    EXPECT_EQ(first.events, 1'000U);
    EXPECT_EQ(first.written, 1'000U);
    EXPECT_EQ(first.runs, 7U);
    const std::string digest = digest_of(dir_ / "a");
    const ImportReport second = must(import_into(dir_ / "a"));
    EXPECT_EQ(second.written, 0U);
    EXPECT_EQ(second.known, 1'000U);
    EXPECT_EQ(second.changed, 0U);
    EXPECT_EQ(digest_of(dir_ / "a"), digest);
    EXPECT_EQ(must(index::build(dir_ / "a")).duplicates, 0U) << "no line is there twice";
}

TEST_F(ImportTest, AnImportThatWasStoppedIsFinishedByTheNext) {
    run(trials(150'000));
    must(import_into(dir_ / "whole"));
    const auto stopped =
        import_into(dir_ / "cut", {.progress = [](const ImportProgress&) { return false; }});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    const ImportReport rest = must(import_into(dir_ / "cut"));
    EXPECT_GT(rest.known, 0U);
    EXPECT_EQ(rest.known + rest.written, 150'000U);
    EXPECT_EQ(digest_of(dir_ / "cut"), digest_of(dir_ / "whole"));
}

TEST_F(ImportTest, ARowThatHasChangedIsListedAndNotWritten) {
    run(trials(10));
    must(import_into(dir_ / "a"));
    const std::string digest = digest_of(dir_ / "a");
    run("UPDATE optimizer.trials_f SET x = 77 WHERE trial_id = 't3'");
    const ImportReport again = must(import_into(dir_ / "a", {.record = false}));
    EXPECT_EQ(again.written, 0U);
    EXPECT_EQ(again.changed, 1U);
    EXPECT_EQ(again.known, 9U);
    EXPECT_EQ(again.events, 9U) << "the ledger does not have the row as it is";
    ASSERT_EQ(again.changed_rows.size(), 1U);
    EXPECT_EQ(again.changed_rows[0].origin.table, "optimizer.trials_f");
    EXPECT_EQ(again.changed_rows[0].origin.key, "[\"r3\",\"t3\"]");
    EXPECT_EQ(digest_of(dir_ / "a"), digest);
}

TEST_F(ImportTest, ARunThatHasGoneOnEndsLaterAndNothingHasChanged) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, "
        "created_at_ms BIGINT, config_json VARCHAR); INSERT INTO optimizer.runs_d VALUES "
        "('r', 'x', 1700000000000, '{}'), ('s', 'x', 1700000000000, '{}');"
        "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at_ms BIGINT);"
        "INSERT INTO optimizer.trials_f VALUES ('r', 't1', 1700000000100)");
    EXPECT_EQ(must(import_into(dir_ / "a")).written, 7U);
    run("INSERT INTO optimizer.trials_f VALUES ('r', 't2', 1700000000200)");
    const ImportReport dry = must(import_into(dir_ / "a", {.dry_run = true}));
    EXPECT_EQ(dry.written, 2U);
    EXPECT_EQ(dry.later_ends, 1U);
    const ImportReport again = must(import_into(dir_ / "a"));
    EXPECT_EQ(again.changed, 0U);
    EXPECT_EQ(again.written, 2U) << "the trial, and the end";
    EXPECT_EQ(again.known, 6U);
    // The rows are those of an import that comes once, later; what is said of the ledger is not.
    must(import_into(dir_ / "b"));
    const auto rows_of = [&](const std::string& root) {
        const auto built = must(index::build(root));
        const duck::Database database =
            must(duck::Database::open(built.snapshot, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        std::string text;
        for (const char* table : {"runs_d", "runs_status", "trial_results"}) {
            duck::Rows rows = must(
                connection.query(fmt::format("SELECT t::VARCHAR FROM {} t ORDER BY 1", table)));
            while (must(rows.next())) text += rows.text(0) + "\n";
        }
        return text;
    };
    EXPECT_EQ(rows_of(dir_ / "a"), rows_of(dir_ / "b"));
    EXPECT_NE(rows_of(dir_ / "a").find("'completed_at_ms': 1700000000200"), std::string::npos)
        << rows_of(dir_ / "a");
    EXPECT_EQ(must(import_into(dir_ / "a")).written, 0U);
}

TEST_F(ImportTest, WhatTheLedgerRefusesIsListedAndTheRestIsWritten) {
    run(trials(3) +
        "INSERT INTO optimizer.trials_f VALUES ('r', repeat('x', 300), 1700000000000, "
        "1), ('r', 'future', 4102444800000, 1)");
    const ImportReport report = must(import_into(dir_ / "a"));
    EXPECT_EQ(report.written, 3U);
    EXPECT_EQ(report.invalid, 2U);
    ASSERT_EQ(report.invalid_rows.size(), 2U);
    EXPECT_NE(report.invalid_rows[0].reason.find("/trial_id"), std::string::npos);
    EXPECT_NE(report.invalid_rows[1].reason.find("/timestamp_ms"), std::string::npos);
}

TEST_F(ImportTest, ADryRunCountsAndWritesNothing) {
    run(trials(50));
    must(import_into(dir_ / "a", {.record = false}));
    run("INSERT INTO optimizer.trials_f VALUES ('r', 'new', 1700000000000, 1)");
    const std::string digest = digest_of(dir_ / "a");
    const ImportReport report = must(import_into(dir_ / "a", {.dry_run = true}));
    EXPECT_EQ(report.known, 50U);
    EXPECT_EQ(report.written, 1U);
    EXPECT_EQ(digest_of(dir_ / "a"), digest);
}

TEST_F(ImportTest, TheLedgerSaysOnceWhatWasImported) {
    run(trials(20));
    must(import_into(dir_ / "a", {.path = "/old/x.duckdb", .sha256 = std::string(64, 'a')}));
    must(import_into(dir_ / "a", {.path = "/old/x.duckdb", .sha256 = std::string(64, 'a')}));
    const auto built = must(index::build(dir_ / "a"));
    const duck::Database database = must(duck::Database::open(built.snapshot, {.read_only = true}));
    duck::Connection connection = must(database.connect());
    duck::Rows rows = must(connection.query(
        "SELECT count(*), min(payload->>'events'), min(payload->>'source'), "
        "min(payload->'tables') FROM custom_events WHERE event_type = 'ledger.imported'"));
    ASSERT_TRUE(must(rows.next()));
    EXPECT_EQ(rows.text(0), "1");
    EXPECT_EQ(rows.text(1), "20");
    EXPECT_EQ(rows.text(2), "/old/x.duckdb");
    EXPECT_EQ(rows.text(3), "{\"optimizer.trials_f\":20}");
}

TEST_F(ImportTest, NothingIsSaidOfASourceThatTheLedgerHasOtherwise) {
    run(trials(20));
    const auto count_said = [&] {
        const auto built = must(index::build(dir_ / "a"));
        const duck::Database database =
            must(duck::Database::open(built.snapshot, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        duck::Rows rows = must(connection.query(
            "SELECT count(*) FROM custom_events WHERE event_type = 'ledger.imported'"));
        EXPECT_TRUE(must(rows.next()));
        return rows.text(0);
    };
    must(import_into(dir_ / "a"));
    EXPECT_EQ(count_said(), "1");
    run("UPDATE optimizer.trials_f SET x = 77 WHERE trial_id = 't3'; "
        "INSERT INTO optimizer.trials_f VALUES ('r3', 'new', 1700000000000, 1)");
    const ImportReport again = must(import_into(dir_ / "a"));
    EXPECT_EQ(again.changed, 1U);
    EXPECT_EQ(again.written, 1U);
    EXPECT_EQ(count_said(), "1") << "it does not have what has changed";
    run("UPDATE optimizer.trials_f SET x = 3 / 3 WHERE trial_id = 't3'");
    EXPECT_EQ(must(import_into(dir_ / "a")).changed, 0U);
    EXPECT_EQ(count_said(), "2");
}

// Any table, cut anywhere, as often as one likes: the same index as one import in one go.
void expect_pieces_make_the_whole() {
    const daybook::testing::TempDir dir;
    const std::string file = dir / "old.duckdb";
    const auto rows = *rc::gen::inRange(1, 40);
    std::string sql =
        "CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at_ms BIGINT, params_json VARCHAR, m DOUBLE, n INTEGER, s VARCHAR);"
        "CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, created_at TIMESTAMP, "
        "config_json VARCHAR, status VARCHAR);";
    const auto maybe = [](const std::string& value) {
        return *rc::gen::inRange(0, 5) == 0 ? std::string("NULL") : value;
    };
    const auto one_of = [](std::vector<std::string> values) {
        return *rc::gen::elementOf(std::move(values));
    };
    for (int i = 0; i < rows; ++i) {
        sql += fmt::format(
            "INSERT INTO optimizer.trials_f VALUES ({}, {}, {}, {}, {}, {}, {});",
            maybe(fmt::format("'r{}'", *rc::gen::inRange(0, 4))),
            maybe(fmt::format("'t{}'", *rc::gen::inRange(0, 12))),
            maybe(fmt::format("{}", 1'700'000'000'000 + *rc::gen::inRange(0, 3) * 80'000'000LL)),
            one_of({"NULL", "'{\"a\": NaN}'", "'not json'", "'[1]'", "'{\"b\": {\"c\": 1}}'"}),
            one_of({"NULL", "'nan'", "'-inf'", "0.1", "1e300"}), one_of({"NULL", "1", "-7"}),
            one_of({"NULL", "''", "'ä\"'", "chr(9)"}));
    }
    for (int i = 0; i < 4; ++i) {
        sql += fmt::format("INSERT INTO optimizer.runs_d VALUES ('r{}', 'x', {}, '{{}}', {});", i,
                           maybe("'2023-11-14 22:13:20'"),
                           one_of({"NULL", "'completed'", "'failed'", "'running'"}));
    }
    run_sql(file, sql);
    const ManualClock clock{TimestampMs(1'790'000'000'000)};
    // Appends the batches whose turn it is, and stops after `batches` of them.
    const auto import = [&](const std::string& root, std::size_t events_max, int batches) {
        EventStream stream =
            must(EventStream::open(file, must(load_mapping("")), {.source = "old"}));
        auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
        const KnownEvents known = must(KnownEvents::open(root));
        int taken = 0;
        return import_events(stream, *log, known,
                             {.progress = [&](const ImportProgress&) { return ++taken < batches; },
                              .clock = &clock,
                              .batch_events = events_max});
    };
    must(import(dir / "once", 1'000, 1'000));
    const int times = *rc::gen::inRange(1, 4);
    for (int i = 0; i < times; ++i) {
        static_cast<void>(
            import(dir / "pieces", *rc::gen::inRange<std::size_t>(1, 9), *rc::gen::inRange(1, 6)));
    }
    must(import(dir / "pieces", 1'000, 1'000));
    const ImportReport last = must(import(dir / "pieces", 1'000, 1'000));
    RC_ASSERT(last.written == 0U);
    RC_ASSERT(last.changed == 0U);
    RC_ASSERT(digest_of(dir / "once") == digest_of(dir / "pieces"));
}

TEST(ImportProperty, TwiceAndInPiecesIsOnce) {
    // Each case builds half a dozen indexes: fewer cases than usual, unless somebody asks for more.
    if (std::getenv("RC_PARAMS") == nullptr) ::setenv("RC_PARAMS", "max_success=15", 1);
    EXPECT_TRUE(rc::check(expect_pieces_make_the_whole));
}

// Optional fields that are no such fields lose themselves, and not the row.
TEST_F(ImportTest, NoRowIsLostBecauseOfAFieldThatItNeedNotHave) {
    const std::vector<std::string> odd = {
        "''", "repeat('x', 300)", "'a' || chr(10) || 'b'", "'[1]'", "'{\"a\":1}'", "'null'", "'7'"};
    std::string sql =
        "CREATE SCHEMA optimizer; CREATE SCHEMA baseline; CREATE TABLE optimizer.runs_d (run_id "
        "VARCHAR, run_type VARCHAR, created_at_ms BIGINT, config_json VARCHAR, data_fingerprint "
        "VARCHAR, name VARCHAR, experiment VARCHAR, parent_run_id VARCHAR, seed VARCHAR, "
        "git_commit "
        "VARCHAR, host VARCHAR, status VARCHAR, summary_json VARCHAR, artifact_paths_json VARCHAR, "
        "error_message VARCHAR);"
        "CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id VARCHAR, created_at_ms BIGINT, "
        "params_json VARCHAR, metrics_json VARCHAR, state VARCHAR, feasible VARCHAR, violations "
        "VARCHAR, duration_ms VARCHAR, started_at_ms VARCHAR);"
        "CREATE TABLE optimizer.pipeline_phases_f (run_id VARCHAR, phase_name VARCHAR, phase_order "
        "VARCHAR, iteration VARCHAR, started_at_ms BIGINT, completed_at_ms BIGINT, duration_ms "
        "VARCHAR, output_summary_json VARCHAR);";
    for (std::size_t i = 0; i < odd.size(); ++i) {
        for (const char* status : {"completed", "failed"}) {
            sql += fmt::format(
                "INSERT INTO optimizer.runs_d VALUES ('{1}{2}', {0}, 1700000000000, {0}, {0}, {0}, "
                "{0}, {0}, {0}, {0}, {0}, '{1}', {0}, {0}, {0});",
                odd[i], status, i);
        }
        sql += fmt::format(
            "INSERT INTO optimizer.trials_f VALUES ('r', 't{1}', 1700000000000, {0}, {0}, {0}, "
            "{0}, "
            "{0}, {0}, {0});"
            "INSERT INTO optimizer.pipeline_phases_f VALUES ('r', 'p{1}', {0}, {0}, 1700000000000, "
            "1700000000001, {0}, {0});",
            odd[i], i);
    }
    run(sql);
    const ImportReport report = must(import_into(dir_ / "a"));
    EXPECT_EQ(report.invalid, 0U);
    for (const InvalidRow& row : report.invalid_rows) {
        ADD_FAILURE() << row.event << " " << row.origin.key << ": " << row.reason;
    }
    // Of each run its beginning, its start and its end; of each phase its start and its end; and
    // the one text that may be a path is that of a file of both runs that have it.
    EXPECT_EQ(report.written, odd.size() * (2 * 3 + 1 + 2) + 2);
}

TEST_F(ImportTest, RunsThatTheLogHasRecordedItselfAreLeftToIt) {
    run(trials(14));
    const std::string root = dir_ / "a";
    {
        auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
        must(
            log->emit_json("{\"event_type\":\"run.created\",\"run_id\":\"r3\",\"run_type\":\"x\","
                           "\"config\":{},\"data_fingerprint\":\"\"}",
                           Durability::kProcess));
    }
    const std::string digest = digest_of(root);
    const ImportReport dry = must(import_into(root, {.dry_run = true}));
    EXPECT_EQ(dry.left_to_log, 2U);
    EXPECT_EQ(digest_of(root), digest);
    const ImportReport report = must(import_into(root));
    EXPECT_EQ(report.written, 12U);
    EXPECT_EQ(report.left_to_log, 2U);
    EXPECT_EQ(report.runs_of_log, std::set<std::string>{"r3"});
    // A run that an import has brought is no run of its own because somebody names it.
    {
        auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
        must(log->emit_json("{\"event_type\":\"run.tagged\",\"run_id\":\"r4\",\"tags\":{\"a\":1}}",
                            Durability::kProcess));
    }
    const ImportReport again = must(import_into(root));
    EXPECT_EQ(again.known, 12U);
    EXPECT_EQ(again.import_id, report.import_id);
    EXPECT_EQ(must(import_into(root, {.also_own_runs = true})).written, 2U);
    EXPECT_EQ(must(import_into(root, {.also_own_runs = true})).written, 0U);
    const auto built = must(index::build(root));
    const duck::Database database = must(duck::Database::open(built.snapshot, {.read_only = true}));
    duck::Connection connection = must(database.connect());
    duck::Rows said = must(connection.query(
        "SELECT string_agg(payload->>'events', ' ' ORDER BY (payload->>'events')::INTEGER), "
        "bool_or(event_id = $1) FROM custom_events WHERE event_type = 'ledger.imported'",
        {report.import_id}));
    ASSERT_TRUE(must(said.next()));
    EXPECT_EQ(said.text(0), "12 14") << "once each";
    EXPECT_EQ(said.text(1), "true");
}

TEST_F(ImportTest, RunsThatRetentionHasRemovedAreNotBroughtBackWithoutAWord) {
    run(trials(14));
    const std::string root = dir_ / "a";
    {
        auto log = must(ledger::EventLog::open(ledger::LedgerDir(root)));
        must(log->emit_json(R"({"event_type":"ledger.retained","run_id":"_ledger","days":[],)"
                            R"("events":2,"bytes":9,"first_day":"2023-11-14",)"
                            R"("last_day":"2023-11-14","runs":["r3","other"]})",
                            Durability::kProcess));
    }
    const ImportReport dry = must(import_into(root, {.dry_run = true}));
    EXPECT_EQ(dry.of_removed_runs, 2U);
    const ImportReport report = must(import_into(root));
    EXPECT_EQ(report.written, 12U);
    EXPECT_EQ(report.of_removed_runs, 2U);
    EXPECT_EQ(report.removed_runs, std::set<std::string>{"r3"});
    EXPECT_EQ(note_with(report.stream.notes, "retention"),
              "2 rows are of runs that retention has removed from the log, and are left out: r3; "
              "--again brings them back");
    EXPECT_EQ(must(import_into(root, {.also_removed_runs = true})).written, 2U);
    EXPECT_EQ(must(import_into(root)).of_removed_runs, 0U) << "they are there again";
}

TEST_F(ImportTest, SecondsThatWereTakenForMillisecondsAreRefused) {
    run("CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f (run_id VARCHAR, trial_id "
        "VARCHAR, created_at BIGINT); INSERT INTO optimizer.trials_f VALUES "
        "('r', 't', 1769126399), ('r', 'u', 1769126399)");
    const std::string root = dir_ / "a";
    const ImportReport dry = must(import_into(root, {.dry_run = true, .also_early_times = false}));
    EXPECT_EQ(dry.early, 2U);
    const std::string what =
        "optimizer.trials_f [\"r\",\"t\"] has the time 1970-01-21T11:25:26.399Z: are its times "
        "seconds?  Then say so in a mapping: time = { sql = \"… * 1000\" }; --early-times takes "
        "them as they are";
    EXPECT_EQ(note_with(dry.stream.notes, "refused"),
              "an import would be refused, and write nothing of it: " + what);
    const auto refused = import_into(root, {.also_early_times = false});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().message(), what + "; nothing is written");
    EXPECT_EQ(must(import_into(root)).written, 2U);
    EXPECT_EQ(must(import_into(root, {.also_early_times = false})).known, 2U)
        << "somebody has taken them";
}

TEST_F(ImportTest, WhoeverStopsAQueryIsToldOfTheImport) {
    run("CREATE TABLE t AS SELECT 'r' AS run_id, range AS at_ms FROM range(10)");
    std::atomic<bool> keep_on = true;
    EventStream stream = must(EventStream::open(
        file_,
        must(parse_mapping("[[rule]]\nfrom = 't'\nevent = 'run.started'\nrun_id = 'run_id'\n"
                           "time = { sql = 'at_ms + (SELECT sum(a.range * b.range) FROM "
                           "range(1000000) a, range(1000000) b)' }\n",
                           "test")),
        {.source = "old", .keep_on = [&keep_on] { return keep_on.load(); }}));
    auto log = must(ledger::EventLog::open(ledger::LedgerDir(dir_ / "a")));
    const KnownEvents known = must(KnownEvents::open(dir_ / "a"));
    keep_on = false;
    const auto stopped = import_events(stream, *log, known);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(stopped.error().message(),
              "import old: stopped after 0 events; what is written stays, and the next import goes "
              "on from there");
}

}  // namespace
}  // namespace daybook::legacy
