#include "query/fresh.h"

#include <fstream>

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

    testing::LedgerLines ledger_;
};

TEST_F(FreshTest, EveryEventIsInTheAnswer) {
    for (int i = 1; i <= 3; ++i) {
        ledger_.created("r" + std::to_string(i), i);
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        EXPECT_EQ(fresh.note, "");
        EXPECT_EQ(count_runs(fresh), i);
    }
}

TEST_F(FreshTest, ASnapshotThatKnowsTheLogIsNotStale) {
    ledger_.created("a", 1);
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_FALSE(testing::value_of(is_stale(fresh.session, ledger_.root())));
    ledger_.created("b", 2);
    EXPECT_TRUE(testing::value_of(is_stale(fresh.session, ledger_.root())));
}

TEST_F(FreshTest, AnUnfinishedLineIsNoReasonToBuild) {
    ledger_.created("a", 1);
    testing::value_of(open_fresh(ledger_.root()));
    std::ofstream(ledger_.root() + "/events/day=2026-01-01/part-000001.jsonl", std::ios::app)
        << R"({"event_type":"run.sta)";
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_FALSE(testing::value_of(is_stale(fresh.session, ledger_.root())));
    EXPECT_EQ(fresh.session.path(),
              index::IndexLayout(ledger_.root()).generation_path(index::Generation(1)));
}

TEST_F(FreshTest, ASnapshotThatWasMadeInAnotherWayIsStale) {
    ledger_.created("a", 1);
    testing::value_of(open_fresh(ledger_.root()));
    const index::IndexLayout layout(ledger_.root());
    for (const char* change : {"format = 0", "builder_version = 'old'", "upcasters = 'others'"}) {
        const std::string path = ledger_.root() + "/changed.duckdb";
        testing::expect_ok(os::remove_file(path));
        testing::expect_ok(os::copy_file(layout.snapshot_path(), path, 0644));
        {
            duck::Database database = testing::value_of(duck::Database::open(path, {}));
            duck::Connection connection = testing::value_of(database.connect());
            testing::expect_ok(connection.execute(std::string("UPDATE index_meta SET ") + change));
        }
        Session session = testing::value_of(Session::open_file(path));
        EXPECT_TRUE(testing::value_of(is_stale(session, ledger_.root()))) << change;
    }
}

TEST_F(FreshTest, ABrokenSnapshotIsMendedAndSaidSo) {
    ledger_.created("a", 1);
    testing::value_of(open_fresh(ledger_.root()));
    const index::IndexLayout layout(ledger_.root());
    testing::expect_ok(os::remove_file(layout.snapshot_path()));
    std::ofstream(layout.snapshot_path()) << "garbage";
    FreshSession mended = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(mended.mended.size(), 1U);
    EXPECT_EQ(count_runs(mended), 1);
    EXPECT_TRUE(testing::value_of(open_fresh(ledger_.root())).mended.empty());
}

TEST_F(FreshTest, ASnapshotThatOnlyLooksSoundIsMadeAgain) {
    ledger_.created("a", 1);
    testing::value_of(open_fresh(ledger_.root()));
    const index::IndexLayout layout(ledger_.root());
    for (const index::Generation generation : testing::value_of(index::list_generations(layout))) {
        const std::string path = layout.generation_path(generation);
        testing::expect_ok(os::remove_file(path));
        std::ofstream(path) << "checksumDUCK" << std::string(20'000, 'x');
    }
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(count_runs(fresh), 1);
}

TEST_F(FreshTest, AFileInThePlaceOfTheIndexIsMovedAside) {
    ledger_.created("a", 1);
    const index::IndexLayout layout(ledger_.root());
    std::ofstream(layout.index_dir()) << "mine";
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(fresh.mended.size(), 1U);
    EXPECT_EQ(count_runs(fresh), 1);
}

TEST_F(FreshTest, ALedgerOfAnotherFormatIsRefusedThoughTheIndexIsUpToDate) {
    ledger_.created("a", 1);
    testing::value_of(open_fresh(ledger_.root()));
    std::ofstream(ledger_.root() + "/ledger.json") << R"({"format":2,"ledger_id":"x"})";
    const auto fresh = open_fresh(ledger_.root());
    ASSERT_FALSE(fresh.has_value());
    EXPECT_EQ(fresh.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(Session::open(ledger_.root()).error().code(), ErrorCode::kUnsupported);
}

TEST_F(FreshTest, WhileAnotherBuildsTheSnapshotAnswersWithANote) {
    ledger_.created("a", 1);
    testing::value_of(open_fresh(ledger_.root()));
    ledger_.created("b", 2);
    const index::IndexLayout layout(ledger_.root());
    const auto lock = testing::value_of(os::LockFile::acquire(layout.lock_path(), 0));
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root(), {.wait_ms = 0}));
    EXPECT_NE(fresh.note.find("held by"), std::string::npos) << fresh.note;
    EXPECT_EQ(count_runs(fresh), 1);
}

TEST_F(FreshTest, WithoutASnapshotABusyBuilderIsAnError) {
    ledger_.created("a", 1);
    const index::IndexLayout layout(ledger_.root());
    testing::expect_ok(os::make_dirs(layout.index_dir()));
    const auto lock = testing::value_of(os::LockFile::acquire(layout.lock_path(), 0));
    const auto fresh = open_fresh(ledger_.root(), {.wait_ms = 0});
    ASSERT_FALSE(fresh.has_value());
    EXPECT_EQ(fresh.error().code(), ErrorCode::kBusy);
}

}  // namespace
}  // namespace daybook::query
