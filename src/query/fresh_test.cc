#include "query/fresh.h"

#include <fstream>
#include <optional>

#include "index/builder.h"
#include "index/index_layout.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

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
