#include "query/fresh.h"

#include <sys/stat.h>

#include <fstream>
#include <optional>

#include "index/builder.h"
#include "index/index_layout.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/extra_ledger.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"
#include "support/named_indexes.h"

namespace daybook::query {
namespace {

class FreshTest : public ::testing::Test {
protected:
    std::int64_t count_runs(FreshSession& fresh) {
        duck::Rows rows =
            testing::value_of(fresh.session.query("SELECT count(*) FROM latest_runs"));
        EXPECT_TRUE(testing::value_of(rows.next()));
        return rows.get_int64(0);
    }

    void build() { testing::value_of(index::build(ledger_.root())); }
    index::IndexLayout layout() const { return index::IndexLayout(ledger_.root()); }

    // The payload of an event that is indexed with the value `first` and then comes with `second`.
    std::string answer_after_conflict(int first, int second, bool is_locked) {
        const auto line = [](int value) {
            return fmt::format(R"({{"event_type":"own.type","event_id":"same","timestamp_ms":1,)"
                               R"("run_id":"r","value":{}}})"
                               "\n",
                               value);
        };
        const std::string part = ledger_.root() + "/events/day=2026-01-01/part-000001.jsonl";
        testing::expect_ok(os::make_dirs(os::parent_path(part)));
        testing::expect_ok(os::remove_tree(layout().index_dir()));
        std::ofstream(part, std::ios::trunc) << line(first);
        build();
        std::ofstream(part, std::ios::app) << line(second);
        std::optional<os::LockFile> lock;
        if (is_locked) lock = testing::value_of(os::LockFile::acquire(layout().lock_path(), 0));
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        duck::Rows rows =
            testing::value_of(fresh.session.query("SELECT payload FROM custom_events"));
        EXPECT_TRUE(testing::value_of(rows.next()));
        return rows.text(0);
    }

    testing::LedgerLines ledger_;
};

TEST_F(FreshTest, EveryEventIsInTheAnswer) {
    for (int i = 1; i <= 3; ++i) {
        ledger_.created("r" + std::to_string(i), i);
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        EXPECT_EQ(fresh.note, "");
        EXPECT_EQ(count_runs(fresh), i);
    }
    EXPECT_FALSE(testing::value_of(os::exists(layout().index_dir()))) << "asking writes nothing";
}

TEST_F(FreshTest, TheTailLiesOverTheSnapshotAndIsNotWritten) {
    ledger_.created("a", 1);
    build();
    ledger_.created("b", 2);
    ledger_.append(
        {R"({"event_type":"run.tagged","timestamp_ms":3,"run_id":"a","tags":{"k":"v"}})"});
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(fresh.note, "");
    EXPECT_EQ(count_runs(fresh), 2);
    duck::Rows rows = testing::value_of(
        fresh.session.query("SELECT tags['k'] FROM latest_runs WHERE run_id = 'a'"));
    EXPECT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.text(0), "v");
    EXPECT_EQ(testing::value_of(index::list_generations(layout())).size(), 1U);
    FreshSession bare = testing::value_of(open_fresh(ledger_.root(), {.snapshot_only = true}));
    EXPECT_EQ(count_runs(bare), 1);
}

TEST_F(FreshTest, ASnapshotOfAnotherFormatIsSaidToBeOne) {
    ledger_.created("a", 1);
    build();
    {
        FreshSession bare = testing::value_of(open_fresh(ledger_.root(), {.snapshot_only = true}));
        EXPECT_EQ(bare.note, "");
    }
    const std::vector<index::Generation> generations =
        testing::value_of(index::list_generations(layout()));
    const std::string path = layout().generation_path(generations.back());
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    {
        duck::Database database = testing::value_of(duck::Database::open(path, {}));
        duck::Connection connection = testing::value_of(database.connect());
        testing::expect_ok(connection.execute("UPDATE index_meta SET format = 2"));
    }
    FreshSession bare = testing::value_of(open_fresh(ledger_.root(), {.snapshot_only = true}));
    EXPECT_NE(bare.note.find("format 2"), std::string::npos) << bare.note;
    EXPECT_NE(bare.note.find("'daybook index'"), std::string::npos) << bare.note;
    EXPECT_EQ(count_runs(bare), 1);
}

TEST_F(FreshTest, NoQuestionReachesWhatTheTailWasMadeFrom) {
    ledger_.created("a", 1);
    build();
    ledger_.created("b", 2);
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    duck::Rows rows =
        testing::value_of(fresh.session.query("SELECT count(*) FROM staged_runs_d()"));
    EXPECT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 0);
}

TEST_F(FreshTest, ALongTailIsIndexedFirst) {
    ledger_.created("a", 1);
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root(), {.tail_bytes_max = 10}));
    EXPECT_EQ(fresh.note, "");
    EXPECT_EQ(count_runs(fresh), 1);
    EXPECT_EQ(fresh.session.path(), layout().generation_path(index::Generation(1)));
}

TEST_F(FreshTest, ALongTailIsReadAndSaidSoWhileAnotherBuilds) {
    ledger_.created("a", 1);
    build();
    ledger_.created("b", 2);
    const auto lock = testing::value_of(os::LockFile::acquire(layout().lock_path(), 0));
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root(), {.tail_bytes_max = 10}));
    EXPECT_NE(fresh.note.find("held by"), std::string::npos) << fresh.note;
    EXPECT_EQ(count_runs(fresh), 2);
}

TEST_F(FreshTest, AnUnfinishedLineIsNotRead) {
    ledger_.created("a", 1);
    build();
    std::ofstream(ledger_.root() + "/events/day=2026-01-01/part-000001.jsonl", std::ios::app)
        << R"({"event_type":"run.sta)";
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(fresh.note, "");
    EXPECT_EQ(count_runs(fresh), 1);
}

TEST_F(FreshTest, ASnapshotThatWasMadeInAnotherWayIsMadeAgain) {
    for (const char* change : {"format = 0", "builder_version = 'old'", "upcasters = 'others'"}) {
        SCOPED_TRACE(change);
        testing::expect_ok(os::remove_tree(layout().index_dir()));
        ledger_.created("a", 1);
        build();
        {
            duck::Database database =
                testing::value_of(duck::Database::open(layout().work_path(), {}));
            duck::Connection connection = testing::value_of(database.connect());
            testing::expect_ok(connection.execute(std::string("UPDATE index_meta SET ") + change));
        }
        const std::string snapshot = layout().generation_path(index::Generation(1));
        testing::expect_ok(os::remove_file(snapshot));
        testing::expect_ok(os::copy_file(layout().work_path(), snapshot, 0644));
        {
            const auto lock = testing::value_of(os::LockFile::acquire(layout().lock_path(), 0));
            FreshSession meanwhile = testing::value_of(open_fresh(ledger_.root()));
            EXPECT_NE(meanwhile.note.find("whole log"), std::string::npos) << meanwhile.note;
            EXPECT_EQ(count_runs(meanwhile), 1);
        }
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        EXPECT_NE(fresh.rebuilt, "");
        EXPECT_EQ(fresh.note, "");
        EXPECT_EQ(count_runs(fresh), 1);
    }
}

TEST_F(FreshTest, AnotherLogThanTheSnapshotsIsReadAnew) {
    ledger_.created("a", 1);
    build();
    const std::string part = ledger_.root() + "/events/day=2026-01-01/part-000001.jsonl";
    std::ofstream(part, std::ios::trunc) << "";
    ledger_.created("b", 2);
    ledger_.created("c", 3);
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_NE(fresh.rebuilt, "");
    EXPECT_EQ(count_runs(fresh), 2);
}

TEST_F(FreshTest, AnEventThatBeatsAnIndexedCopyHasTheIndexBuiltAnew) {
    EXPECT_EQ(answer_after_conflict(1, 2, false), answer_after_conflict(2, 1, false));
}

TEST_F(FreshTest, AnEventThatBeatsAnIndexedCopyIsAnsweredWhileAnotherBuilds) {
    EXPECT_EQ(answer_after_conflict(1, 2, true), answer_after_conflict(2, 1, true));
}

TEST_F(FreshTest, ADayThatCannotBeReadLeavesTheSnapshotsAnswerWithANote) {
    ledger_.created("a", 1);
    build();
    ledger_.created("b", 2);
    const std::string manifest = ledger_.root() + "/archive/day=2025-01-01/manifest.json";
    testing::expect_ok(os::make_dirs(os::parent_path(manifest)));
    std::ofstream(manifest) << "{ no manifest";
    EXPECT_FALSE(open_fresh(ledger_.root()));
    const FreshOptions options{.stale_if_unreadable = true};
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root(), options));
    EXPECT_EQ(count_runs(fresh), 1);
    EXPECT_TRUE(fresh.note.starts_with("the log cannot be read, so this is what the index had"))
        << fresh.note;
    EXPECT_NE(fresh.note.find(manifest), std::string::npos) << fresh.note;
    // Without a snapshot there is nothing to answer from.
    testing::expect_ok(os::remove_tree(layout().index_dir()));
    EXPECT_FALSE(open_fresh(ledger_.root(), options));
}

TEST_F(FreshTest, WhatIsStoppedIsCancelled) {
    ledger_.created("a", 1);
    EXPECT_EQ(open_fresh(ledger_.root(), {.keep_on = [] { return false; }}).error().code(),
              ErrorCode::kCancelled);
}

TEST_F(FreshTest, ASnapshotThatOnlyLooksSoundIsMadeAgain) {
    ledger_.created("a", 1);
    build();
    for (const index::Generation generation :
         testing::value_of(index::list_generations(layout()))) {
        const std::string path = layout().generation_path(generation);
        testing::expect_ok(os::remove_file(path));
        std::ofstream(path) << "checksumDUCK" << std::string(20'000, 'x');
    }
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(count_runs(fresh), 1);
}

TEST_F(FreshTest, AFileInThePlaceOfTheIndexDoesNotMatter) {
    ledger_.created("a", 1);
    std::ofstream(layout().index_dir()) << "mine";
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_NE(fresh.note, "");
    EXPECT_EQ(count_runs(fresh), 1);
}

class FreshSourcesTest : public FreshTest {
protected:
    FreshSourcesTest() {
        ledger_.created("new", 2);
        old_.lines().created("before", 1);
        indexes_.on_ask = [this] { return ExtraIndexes{.indexes = {old_.index()}}; };
    }
    FreshSession open(bool snapshot_only = false) {
        return testing::value_of(
            open_fresh(ledger_.root(), {.snapshot_only = snapshot_only, .extra = &indexes_}));
    }
    std::vector<std::string> runs(FreshSession& fresh, const std::string& sql) {
        duck::Rows rows = testing::value_of(fresh.session.query(sql));
        std::vector<std::string> values;
        while (testing::value_of(rows.next())) values.push_back(rows.text(0));
        return values;
    }
    using Values = std::vector<std::string>;
    static constexpr const char* kRuns = "SELECT run_id || ' ' || source FROM latest_runs";
    static constexpr const char* kDefined = "SELECT run_id FROM runs_d ORDER BY 1";

    testing::ExtraLedger old_{"old"};
    testing::NamedIndexes indexes_;
};

TEST_F(FreshSourcesTest, RunsOfOldFilesAreAnsweredBesideTheLogs) {
    for (const char* state : {"the whole log", "a snapshot", "a snapshot and a tail"}) {
        SCOPED_TRACE(state);
        FreshSession fresh = open();
        EXPECT_TRUE(fresh.session.has_sources());
        const Values found = runs(fresh, kRuns);
        EXPECT_EQ(found.back(), "before legacy");
        EXPECT_EQ(found[found.size() - 2], "new event_log");
        EXPECT_EQ(runs(fresh, "SELECT count(*) FROM index_meta"), Values{"1"});
        if (std::string(state) == "the whole log") build();
        if (std::string(state) == "a snapshot") ledger_.created("newer", 3);
    }
}

TEST_F(FreshSourcesTest, WhatIsDetachedIsGoneThoughTheSnapshotHasIt) {
    testing::value_of(index::build(ledger_.root(), {.extras = {{old_.index()}}}));
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_FALSE(fresh.session.has_sources());
    EXPECT_EQ(runs(fresh, kRuns), Values{"new event_log"});
}

TEST_F(FreshSourcesTest, TheSnapshotAloneAnswersFromItsCopies) {
    build();
    FreshSession without = open(true);
    EXPECT_FALSE(without.session.has_sources());
    EXPECT_EQ(runs(without, kRuns), Values{"new event_log"});
    testing::value_of(index::build(ledger_.root(), {.extras = {{old_.index()}}}));
    const int asked = indexes_.asked;
    FreshSession fresh = open(true);
    EXPECT_TRUE(fresh.session.has_sources());
    EXPECT_EQ(indexes_.asked, asked) << "nothing but the snapshot is looked at";
    EXPECT_EQ(runs(fresh, kRuns), (Values{"new event_log", "before legacy"}));
    EXPECT_EQ(runs(fresh, kDefined), (Values{"before", "new"}));
    EXPECT_EQ(runs(fresh, "SELECT sources FROM index_meta"), Values{"1"});
    // Who looks after the log's own runs sees no others.
    Session own = testing::value_of(Session::open(ledger_.root()));
    duck::Rows rows = testing::value_of(own.query("SELECT count(*) FROM runs_status"));
    EXPECT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 1);
}

TEST_F(FreshSourcesTest, AnIndexThatHasGoneIsAskedForAgain) {
    const index::ExtraIndex good = old_.index();
    index::ExtraIndex gone = good;
    gone.snapshot += ".gone";
    indexes_.on_ask = [&] { return ExtraIndexes{.indexes = {indexes_.asked < 3 ? gone : good}}; };
    FreshSession fresh = open();
    EXPECT_EQ(indexes_.asked, 3);
    EXPECT_EQ(fresh.source_notes, Values());
    EXPECT_EQ(runs(fresh, kDefined), (Values{"before", "new"}));
}

TEST_F(FreshSourcesTest, AnIndexThatStaysAwayIsNotedAndTheLogAnswers) {
    index::ExtraIndex gone = old_.index();
    gone.snapshot += ".gone";
    indexes_.on_ask = [&] {
        return ExtraIndexes{.indexes = {gone}, .notes = {"the copy is 3 min old"}};
    };
    FreshSession fresh = open();
    ASSERT_EQ(fresh.source_notes.size(), 2U);
    EXPECT_EQ(fresh.source_notes[0], "the copy is 3 min old");
    EXPECT_NE(fresh.source_notes[1].find("the runs of old are left out"), std::string::npos);
    EXPECT_FALSE(fresh.session.has_sources());
    EXPECT_EQ(runs(fresh, kRuns), Values{"new event_log"});
}

TEST_F(FreshSourcesTest, WithoutWhatReadsOldFilesThatTheyAreLeftOutIsNoted) {
    const auto notes = [&](const std::string& legacy) {
        std::ofstream(ledger_.root() + "/ledger.json")
            << R"({"format":1,"ledger_id":"x","legacy":)" << legacy << "}";
        return testing::value_of(open_fresh(ledger_.root())).source_notes.size();
    };
    EXPECT_EQ(notes("[]"), 0U);
    EXPECT_EQ(notes(R"([{"name":"old","path":"/old.duckdb"}])"), 1U);
}

TEST_F(FreshSourcesTest, ALongTailIsIndexedWithTheSources) {
    testing::value_of(open_fresh(ledger_.root(), {.tail_bytes_max = 10, .extra = &indexes_}));
    FreshSession fresh = open(true);
    EXPECT_EQ(runs(fresh, kRuns), (Values{"new event_log", "before legacy"}));
}

TEST_F(FreshTest, ALedgerOfAnotherFormatIsRefusedThoughTheIndexIsUpToDate) {
    ledger_.created("a", 1);
    build();
    std::ofstream(ledger_.root() + "/ledger.json") << R"({"format":2,"ledger_id":"x"})";
    const auto fresh = open_fresh(ledger_.root());
    ASSERT_FALSE(fresh.has_value());
    EXPECT_EQ(fresh.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(Session::open(ledger_.root()).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace daybook::query
