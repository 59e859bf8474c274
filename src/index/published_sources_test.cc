#include "index/published_sources.h"

#include <fstream>

#include "index/builder.h"
#include "os/file.h"
#include "support/extra_ledger.h"
#include "support/history_ledger.h"

namespace daybook::index {
namespace {

using Values = std::vector<std::string>;
using Extras = std::optional<std::vector<ExtraIndex>>;

class PublishedSourcesTest : public ::testing::Test {
protected:
    PublishedSourcesTest() {
        log_.created("new", 2);
        old_.lines().created("before", 1);
        old_.lines().append({R"({"event_type":"trial.recorded","run_id":"before",)"
                             R"("timestamp_ms":5,"trial_id":"t","metrics":{"m":1}})"});
    }
    BuildReport build_with(const Extras& extras) {
        return testing::value_of(build(log_.root(), {.extras = extras}));
    }
    // As any client asks: the file alone, opened read-only, or attached under another name.
    Values rows(const std::string& sql) {
        const std::string path = IndexLayout(log_.root()).snapshot_path();
        duck::Database database =
            testing::value_of(duck::Database::open(path, {.read_only = true}));
        duck::Connection connection = testing::value_of(database.connect());
        return rows_by(connection, sql);
    }
    static Values rows_by(duck::Connection& connection, const std::string& sql) {
        duck::Rows rows = testing::value_of(connection.query(sql));
        Values values;
        while (testing::value_of(rows.next())) {
            std::string line;
            for (std::size_t i = 0; i < rows.column_count(); ++i) {
                line += (i > 0 ? " | " : "") + (rows.is_null(i) ? "-" : rows.text(i));
            }
            values.push_back(line);
        }
        return values;
    }
    Values runs() { return rows("SELECT run_id, source FROM latest_runs"); }

    testing::LedgerLines log_;
    testing::ExtraLedger old_{"old"};
};

TEST_F(PublishedSourcesTest, AnyClientSeesOneListOfRuns) {
    const std::string digest = build_with({}).digest;
    EXPECT_EQ(runs(), Values{"new | event_log"});
    const BuildReport report = build_with({{old_.index()}});
    EXPECT_TRUE(report.published);
    EXPECT_EQ(report.digest, digest) << "the digest is that of the log";
    EXPECT_EQ(testing::value_of(testing::digest_of_snapshot(report.snapshot)), digest);
    EXPECT_EQ(runs(), (Values{"new | event_log", "before | legacy"}));
    EXPECT_EQ(rows("SELECT run_id FROM runs_d"), Values{"new"});
    EXPECT_EQ(rows("SELECT run_id FROM _all_runs_d ORDER BY 1"), (Values{"before", "new"}));
    EXPECT_EQ(rows("SELECT run_id, _source FROM _legacy.runs_d"), Values{"before | old"});
    EXPECT_EQ(rows("SELECT value FROM best_trials('before', 'm', 1)"), Values{"1.0"});
    EXPECT_EQ(rows("SELECT sources, cutover_date FROM index_meta"), Values{"1 | -"});
}

TEST_F(PublishedSourcesTest, TheViewsAnswerUnderAnotherNameToo) {
    const std::string path = build_with({{old_.index()}}).snapshot;
    duck::Database database = testing::value_of(duck::Database::open_in_memory());
    duck::Connection connection = testing::value_of(database.connect());
    testing::expect_ok(
        connection.execute("CREATE SCHEMA _legacy; CREATE TABLE runs_d (x INTEGER)"));
    // The last one is what a client calls an old file, and what it may call this one.
    for (const std::string name : {"other", "event_log", "legacy"}) {
        testing::expect_ok(connection.execute("ATTACH '" + path + "' AS " + name + " (READ_ONLY)"));
        EXPECT_EQ(rows_by(connection, "SELECT run_id, source FROM " + name + ".latest_runs"),
                  (Values{"new | event_log", "before | legacy"}));
        testing::expect_ok(connection.execute("DETACH " + name));
    }
}

TEST_F(PublishedSourcesTest, AFileThatIsCalledLegacyMayBeAttachedBeside) {
    const std::string path = build_with({{old_.index()}}).snapshot;
    duck::Database database = testing::value_of(duck::Database::open_in_memory());
    duck::Connection connection = testing::value_of(database.connect());
    testing::expect_ok(connection.execute("ATTACH ':memory:' AS legacy; ATTACH '" + path +
                                          "' AS snapshot (READ_ONLY); USE snapshot"));
    EXPECT_EQ(rows_by(connection, "SELECT run_id, source FROM latest_runs"),
              (Values{"new | event_log", "before | legacy"}));
}

TEST_F(PublishedSourcesTest, AnUnchangedSourceIsNoNews) {
    build_with({{old_.index()}});
    EXPECT_FALSE(build_with({{old_.index()}}).published);
    old_.lines().created("older", 0);
    EXPECT_TRUE(build_with({{old_.index()}}).published);
    EXPECT_EQ(runs(), (Values{"new | event_log", "before | legacy", "older | legacy"}));
}

TEST_F(PublishedSourcesTest, OnlyTheRowsOfASourceThatChangedAreCopiedAnew) {
    testing::ExtraLedger other{"other"};
    other.lines().created("elsewhere", 2);
    build_with({{old_.index(), other.index()}});
    const std::string in_order = "SELECT run_id, _source FROM _legacy.runs_d ORDER BY rowid";
    EXPECT_EQ(rows(in_order), (Values{"before | old", "elsewhere | other"}));
    old_.lines().created("older", 0);
    EXPECT_TRUE(build_with({{old_.index(), other.index()}}).published);
    const Values after = rows(in_order);
    ASSERT_EQ(after.size(), 3U);
    EXPECT_EQ(after.front(), "elsewhere | other");
    EXPECT_EQ(rows("SELECT run_id FROM latest_runs ORDER BY 1"),
              (Values{"before", "elsewhere", "new", "older"}));
    // One that is detached takes its rows along.
    build_with({{other.index()}});
    EXPECT_EQ(rows(in_order), Values{"elsewhere | other"});
    EXPECT_EQ(rows("SELECT name FROM _legacy.sources"), Values{"other"});
}

TEST_F(PublishedSourcesTest, WhatTheLogSaysLaterIsChosenAnew) {
    build_with({{old_.index()}});
    log_.created("before", 3);
    EXPECT_TRUE(build_with({}).published) << "sources stay as they are where nobody names them";
    EXPECT_EQ(runs(), (Values{"before | event_log", "new | event_log"}));
    EXPECT_EQ(rows("SELECT count(*) FROM _all_trial_results"), Values{"0"});
    EXPECT_EQ(rows("SELECT source FROM _legacy.shared_runs"), Values{"event_log"});
}

TEST_F(PublishedSourcesTest, ANewCutOverIsNews) {
    log_.created("before", 3);
    ExtraIndex index = old_.index();
    build_with({{index}});
    EXPECT_EQ(runs(), (Values{"before | event_log", "new | event_log"}));
    index.cutover = Day(1);
    EXPECT_TRUE(build_with({{index}}).published);
    EXPECT_EQ(runs(), (Values{"new | event_log", "before | legacy"}));
    EXPECT_EQ(rows("SELECT cutover_date FROM index_meta"), Values{"1970-01-02"});
}

TEST_F(PublishedSourcesTest, ADetachedSourceLeavesNothing) {
    const std::string before = build_with({}).digest;
    build_with({{old_.index()}});
    const BuildReport report = build_with(std::vector<ExtraIndex>());
    EXPECT_TRUE(report.published);
    EXPECT_EQ(report.digest, before);
    EXPECT_EQ(runs(), Values{"new | event_log"});
    EXPECT_EQ(rows("SELECT schema_name FROM duckdb_schemas() WHERE schema_name = '_legacy'"),
              Values());
    EXPECT_EQ(rows("SELECT view_name FROM duckdb_views() WHERE starts_with(view_name, '_all_')"),
              Values());
    const BuildReport again = build_with(std::vector<ExtraIndex>());
    EXPECT_EQ(again.notes, Values());
    EXPECT_FALSE(again.published);
}

TEST_F(PublishedSourcesTest, ASourceThatCannotBeReadKeepsItsCopy) {
    ExtraIndex index = old_.index();
    build_with({{index}});
    testing::expect_ok(os::remove_file(index.snapshot));
    std::ofstream(index.snapshot) << "no database";
    const BuildReport report = build_with({{index}});
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_NE(report.notes[0].find("the snapshot keeps what it had of it"), std::string::npos)
        << report.notes[0];
    EXPECT_EQ(runs(), (Values{"new | event_log", "before | legacy"}));
}

TEST_F(PublishedSourcesTest, ASourceThatCannotBeReadKeepsNoOtherBack) {
    testing::ExtraLedger other{"other"};
    other.lines().created("elsewhere", 2);
    testing::ExtraLedger third{"third"};
    third.lines().created("aside", 2);
    const ExtraIndex broken = old_.index();
    build_with({{broken, other.index(), third.index()}});
    testing::expect_ok(os::remove_file(broken.snapshot));
    std::ofstream(broken.snapshot) << "no database";
    // One has a run more, one is detached, and one is new.
    other.lines().created("elsewhere-2", 3);
    testing::ExtraLedger fourth{"fourth"};
    fourth.lines().created("beyond", 2);
    const BuildReport report = build_with({{fourth.index(), broken, other.index()}});
    EXPECT_TRUE(report.published);
    EXPECT_EQ(report.notes.size(), 1U);
    EXPECT_EQ(rows("SELECT run_id FROM latest_runs ORDER BY 1"),
              (Values{"before", "beyond", "elsewhere", "elsewhere-2", "new"}));
    EXPECT_EQ(rows("SELECT name FROM _legacy.sources ORDER BY position"),
              (Values{"fourth", "old", "other"}));
    EXPECT_FALSE(build_with({{fourth.index(), broken, other.index()}}).published);
    EXPECT_EQ(rows("SELECT count(*) FROM _legacy.runs_d"), Values{"4"});
}

TEST_F(PublishedSourcesTest, ASourceThatCouldNeverBeReadIsNotThere) {
    ExtraIndex index = old_.index();
    index.snapshot = log_.root() + "/none.duckdb";
    const BuildReport report = build_with({{index}});
    EXPECT_EQ(report.notes.size(), 1U);
    EXPECT_EQ(report.notes[0].find("keeps"), std::string::npos) << report.notes[0];
    EXPECT_EQ(runs(), Values{"new | event_log"});
}

TEST_F(PublishedSourcesTest, ARebuildCopiesAnew) {
    build_with({{old_.index()}});
    const BuildReport report =
        testing::value_of(build(log_.root(), {.full_rebuild = true, .extras = {{old_.index()}}}));
    EXPECT_EQ(report.rebuilt, "asked for");
    EXPECT_EQ(runs(), (Values{"new | event_log", "before | legacy"}));
}

TEST_F(PublishedSourcesTest, ABuildThatDiedBetweenCopyAndPublicationIsTakenUp) {
    build_with({});
    {
        // What a build does before it publishes.
        duck::Database database =
            testing::value_of(duck::Database::open(IndexLayout(log_.root()).work_path(), {}));
        duck::Connection connection = testing::value_of(database.connect());
        EXPECT_TRUE(
            testing::value_of(update_sources(connection, {{old_.index()}}, false)).is_changed);
    }
    EXPECT_EQ(runs(), Values{"new | event_log"});
    EXPECT_TRUE(build_with({{old_.index()}}).published);
    EXPECT_EQ(runs(), (Values{"new | event_log", "before | legacy"}));
}

}  // namespace
}  // namespace daybook::index
