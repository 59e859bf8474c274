#include "index/builder.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "duck/database.h"
#include "index/work_database.h"
#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "log/layout.h"
#include "log/line.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/syscalls.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

constexpr const char* kPart = "day=2026-01-01/part-000001";

class BuilderTest : public ::testing::Test {
protected:
    // Appends a started run to the part, as Daybook writes it.
    void append(const std::string& run_id, const std::string& part = kPart) {
        ++events_;
        std::string line = fmt::format(
            R"({{"event_type":"run.started","event_id":"{:04}","timestamp_ms":{},"run_id":"{}")",
            events_, events_, run_id);
        log::append_trailer(line, 0, log::Seq(events_), log::Seq(0));
        append_bytes(line, part);
    }
    void append_bytes(const std::string& bytes, const std::string& part = kPart) {
        const std::string path = dir_.path() + "/events/" + part + ".jsonl";
        testing::expect_ok(os::make_dirs(os::parent_path(path)));
        std::ofstream(path, std::ios::app) << bytes;
    }
    BuildReport build(const BuildOptions& options = {}) {
        return testing::value_of(index::build(dir_.path(), options));
    }
    std::vector<std::string> runs(const std::string& path = "") {
        return column("SELECT run_id FROM runs_status ORDER BY 1", path);
    }
    std::vector<std::string> payloads() {
        return column("SELECT payload FROM custom_events ORDER BY timestamp_ms", "");
    }
    std::vector<std::string> column(const std::string& sql, const std::string& path) {
        duck::Database database = testing::value_of(duck::Database::open(
            path.empty() ? layout_.snapshot_path() : path, {.read_only = true}));
        duck::Connection connection = testing::value_of(database.connect());
        duck::Rows rows = testing::value_of(connection.query(sql));
        std::vector<std::string> values;
        while (testing::value_of(rows.next())) values.push_back(rows.text(0));
        return values;
    }
    using Runs = std::vector<std::string>;

    testing::TempDir dir_;
    IndexLayout layout_{dir_.path()};
    std::uint64_t events_ = 0;
};

TEST_F(BuilderTest, AnEmptyLedgerHasAnEmptySnapshot) {
    const BuildReport report = build();
    EXPECT_TRUE(report.published);
    EXPECT_EQ(report.generation, Generation(1));
    EXPECT_EQ(runs(), Runs{});
}

TEST_F(BuilderTest, OnlyWhatIsNewIsRead) {
    append("a");
    EXPECT_EQ(build().events, 1U);
    append("b");
    append_bytes("{\"half\":");
    const BuildReport second = build();
    EXPECT_EQ(second.events, 1U);
    EXPECT_EQ(second.rebuilt, "");
    EXPECT_EQ(second.generation, Generation(2));
    EXPECT_EQ(runs(), (Runs{"a", "b"}));
}

TEST_F(BuilderTest, NothingNewIsNotPublished) {
    append("a");
    const std::string digest = build().digest;
    const BuildReport again = build();
    EXPECT_FALSE(again.published);
    EXPECT_EQ(again.generation, Generation(1));
    EXPECT_EQ(again.digest, digest);
}

TEST_F(BuilderTest, WhatIsFoundPublishedIsSyncedBeforeItIsReported) {
    append("a");
    build();
    os::Syscalls table = os::kernel_syscalls();
    table.fsync = [](int) {
        errno = EIO;
        return -1;
    };
    const os::ScopedSyscalls in_force(table);
    const Result<BuildReport> again = index::build(dir_.path());
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().message().find(layout_.index_dir()), std::string::npos);
}

TEST_F(BuilderTest, AFullRebuildHasTheSameDigest) {
    for (const char* run : {"a", "b", "c"}) {
        append(run);
        build();
    }
    const std::string digest = build().digest;
    const BuildReport full = build({.full_rebuild = true});
    EXPECT_EQ(full.digest, digest);
    EXPECT_EQ(full.events, 3U);
    EXPECT_EQ(full.rebuilt, "asked for");
    EXPECT_EQ(full.generation, Generation(4));
}

TEST_F(BuilderTest, ASnapshotThatIsNoDatabaseIsMadeAgainAndSaidSo) {
    append("a");
    build();
    for (const std::string& bytes :
         {std::string(), std::string("garbage"), std::string(20'000, 'x')}) {
        testing::expect_ok(os::remove_file(layout_.snapshot_path()));
        std::ofstream(layout_.snapshot_path()) << bytes;
        const BuildReport report = build();
        EXPECT_TRUE(report.published);
        EXPECT_EQ(report.rebuilt, "");
        ASSERT_EQ(report.notes.size(), 1U);
        EXPECT_NE(report.notes[0].find("runs.duckdb: it is no DuckDB database"), std::string::npos)
            << report.notes[0];
        EXPECT_EQ(runs(), Runs{"a"});
        EXPECT_TRUE(build().notes.empty());
    }
}

TEST_F(BuilderTest, ASnapshotIsMadeAgainWhenAskedFor) {
    append("a");
    build();
    EXPECT_TRUE(build({.republish = true}).published);
    EXPECT_FALSE(build().published);
}

TEST_F(BuilderTest, WhatLiesInTheWayIsMovedAsideAndTheIndexBuilt) {
    append("a");
    for (const std::string& path : {layout_.index_dir(), layout_.work_dir()}) {
        build();
        testing::expect_ok(os::remove_tree(path));
        std::ofstream(path) << "mine";
        const BuildReport report = build();
        ASSERT_EQ(report.notes.size(), 1U);
        EXPECT_TRUE(
            report.notes[0].starts_with("moved " + path + " to " + layout_.quarantine_dir()))
            << report.notes[0];
        EXPECT_EQ(runs(), Runs{"a"});
    }
    EXPECT_EQ(os::list_dir(layout_.quarantine_dir())->size(), 2U);
}

TEST_F(BuilderTest, SmallBatchesComeToTheSame) {
    for (int i = 0; i < 50; ++i) append("r" + std::to_string(i % 7));
    const std::string digest = build().digest;
    for (const std::uint64_t bytes : {1U, 200U, 1000U}) {
        EXPECT_EQ(build({.full_rebuild = true, .batch_bytes = bytes}).digest, digest) << bytes;
    }
}

TEST_F(BuilderTest, WithoutTheIndexEveryRowComesBack) {
    append("a");
    const std::string digest = build().digest;
    testing::expect_ok(os::remove_tree(layout_.index_dir()));
    EXPECT_EQ(build().digest, digest);
}

TEST_F(BuilderTest, AGarbageIndexIsRebuiltAndSaidSo) {
    append("a");
    build();
    for (const std::string& path :
         {layout_.work_path(), layout_.snapshot_path(), layout_.generation_path(Generation(1))}) {
        testing::expect_ok(os::remove_file(path));
        std::ofstream(path) << std::string(20'000, 'x');
    }
    const BuildReport report = build();
    EXPECT_NE(report.rebuilt.find("not a valid DuckDB"), std::string::npos) << report.rebuilt;
    EXPECT_EQ(runs(), Runs{"a"});
}

TEST_F(BuilderTest, AGarbageSnapshotIsPublishedAgain) {
    append("a");
    build();
    testing::expect_ok(os::remove_file(layout_.snapshot_path()));
    testing::expect_ok(os::remove_file(layout_.generation_path(Generation(1))));
    std::ofstream(layout_.snapshot_path()) << std::string(20'000, 'x');
    testing::expect_ok(
        os::hard_link(layout_.snapshot_path(), layout_.generation_path(Generation(1))));
    EXPECT_TRUE(build().published);
    EXPECT_EQ(runs(), Runs{"a"});
}

TEST_F(BuilderTest, AWorkingDatabaseThatLacksATableIsRebuilt) {
    append("a");
    build();
    {
        duck::Database database = testing::value_of(duck::Database::open(layout_.work_path(), {}));
        duck::Connection connection = testing::value_of(database.connect());
        testing::expect_ok(connection.execute("DROP TABLE runs_status CASCADE"));
    }
    append("b");
    EXPECT_NE(build().rebuilt.find("runs_status"), std::string::npos);
    EXPECT_EQ(runs(), (Runs{"a", "b"}));
}

TEST_F(BuilderTest, ASnapshotThatWasCutIsMadeAgain) {
    append("a");
    build();
    const std::string path = layout_.generation_path(Generation(1));
    testing::expect_ok(os::remove_file(layout_.snapshot_path()));
    testing::expect_ok(os::remove_file(path));
    std::filesystem::copy(layout_.work_path(), path);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 8 * 6);
    std::filesystem::create_hard_link(path, layout_.snapshot_path());
    const BuildReport again = build();
    EXPECT_TRUE(again.published);
    EXPECT_EQ(again.notes.size(), 1U);
    EXPECT_EQ(runs(), Runs{"a"});
}

TEST_F(BuilderTest, ADamagedBlockOfTheWorkingDatabaseCostsNoRow) {
    constexpr std::uint64_t kBlockBytes = 262'144;
    constexpr std::uint64_t kHeaderBytes = 12'288;
    for (int i = 0; i < 300; ++i) append("r" + std::to_string(i));
    build();
    const std::uint64_t size = testing::value_of(os::file_info(layout_.work_path()))->size.value();
    ASSERT_GT(size, kHeaderBytes + 3 * kBlockBytes);
    for (std::uint64_t at = kHeaderBytes + 100; at < size; at += kBlockBytes) {
        {
            std::fstream file(layout_.work_path(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(at)).write("damage", 6);
        }
        SCOPED_TRACE(at);
        append("r1");
        const BuildReport report = build();
        EXPECT_EQ(report.digest, build({.full_rebuild = true}).digest);
        EXPECT_EQ(runs().size(), 300U);
    }
}

TEST_F(BuilderTest, ALedgerOfANewerFormatOrNoneAtAllIsNotTouched) {
    const auto nowhere = index::build(dir_ / "nowhere");
    ASSERT_FALSE(nowhere.has_value());
    EXPECT_EQ(nowhere.error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(*os::exists(dir_ / "nowhere"));

    std::ofstream(dir_ / "ledger.json")
        << R"({"format":2,"ledger_id":"x","created_at":"2026-01-23T00:00:00.000Z"})";
    const auto newer = index::build(dir_.path());
    ASSERT_FALSE(newer.has_value());
    EXPECT_EQ(newer.error().code(), ErrorCode::kUnsupported);
    EXPECT_FALSE(*os::exists(layout_.index_dir()));
}

TEST_F(BuilderTest, ALostWorkingDatabaseIsContinuedFromTheSnapshot) {
    append("a");
    build();
    testing::expect_ok(os::remove_tree(layout_.work_dir()));
    append("b");
    const BuildReport report = build();
    EXPECT_EQ(report.events, 1U);
    EXPECT_EQ(report.rebuilt, "");
    EXPECT_EQ(runs(), (Runs{"a", "b"}));
}

TEST_F(BuilderTest, APartThatVanishedShrankOrChangedLeadsToARebuild) {
    append("a", "day=2026-01-01/part-000002");
    append("b");
    build();
    const std::string path = dir_.path() + "/events/day=2026-01-01/part-000002.jsonl";
    testing::expect_ok(os::remove_file(path));
    const BuildReport vanished = build();
    EXPECT_NE(vanished.rebuilt.find("part-000002"), std::string::npos) << vanished.rebuilt;
    EXPECT_EQ(runs(), Runs{"b"});

    append("c", "day=2026-01-01/part-000002");
    build();
    testing::expect_ok(os::remove_file(path));
    append("d", "day=2026-01-01/part-000002");
    const BuildReport changed = build();
    EXPECT_NE(changed.rebuilt.find("part-000002"), std::string::npos) << changed.rebuilt;
    EXPECT_EQ(runs(), (Runs{"b", "d"}));
}

TEST_F(BuilderTest, APartThatGoesWhileTheLogIsReadIsNotThere) {
    const std::string first = dir_.path() + "/events/day=2026-01-01/part-000001.jsonl";
    const std::string second = dir_.path() + "/events/day=2026-01-01/part-000002.jsonl";
    for (const bool with_the_one_before : {false, true}) {
        append("a");
        append("b", "day=2026-01-01/part-000002");
        append("c", "day=2026-01-02/part-000001");
        bool is_first_batch = true;
        const BuildReport report =
            build({.full_rebuild = true, .batch_bytes = 1, .progress = [&](const BuildProgress&) {
                       if (std::exchange(is_first_batch, false)) {
                           testing::expect_ok(os::remove_file(second));
                           if (with_the_one_before) testing::expect_ok(os::remove_file(first));
                       }
                       return true;
                   }});
        EXPECT_EQ(runs(), (with_the_one_before ? Runs{"c"} : Runs{"a", "c"}));
        EXPECT_EQ(report.rebuilt.find("part-000001 has gone") != std::string::npos,
                  with_the_one_before)
            << report.rebuilt;
        EXPECT_EQ(build({.full_rebuild = true}).digest, report.digest);
    }
}

TEST_F(BuilderTest, EventsOfOlderVersionsAreIndexedAsTheNewestOne) {
    const ledger::LedgerDir ledger_dir(dir_.path());
    testing::expect_ok(os::make_dirs(dir_ / "events"));
    testing::expect_ok(ledger::create_registry(ledger_dir));
    const auto register_type = [&](std::string_view schema) {
        const auto report = ledger::register_type(ledger_dir, schema);
        ASSERT_TRUE(report.has_value()) << report.error().message();
        ASSERT_TRUE(report->breaks.empty()) << report->breaks.front();
    };
    register_type(
        R"({"title":"my.trade","x-version":1,)"
        R"("type":"object","additionalProperties":false,"properties":{"px":{"type":"number"}},"required":["px"]})");
    append_bytes(
        R"({"event_type":"my.trade","event_id":"x1","timestamp_ms":1,"run_id":"a","px":1.5})"
        "\n");
    build();
    EXPECT_EQ(payloads(), Runs{R"({"px":1.5})"});

    register_type(
        R"({"title":"my.trade","x-version":2,)"
        R"("type":"object","additionalProperties":false,"properties":{"price":{"type":"number"},"venue":{"type":"string"}},)"
        R"("required":["price","venue"],"x-upcast":[{"op":"rename","path":"/px","to":"price"},)"
        R"({"op":"default","path":"/venue","value":"nyse"}]})");
    append_bytes(R"({"event_type":"my.trade","event_id":"x2","timestamp_ms":2,"run_id":"a",)"
                 R"("schema_version":2,"price":2.5,"venue":"lse"})"
                 "\n");
    const BuildReport changed = build();
    EXPECT_NE(changed.rebuilt.find("upcasters"), std::string::npos) << changed.rebuilt;
    EXPECT_EQ(payloads(),
              (Runs{R"({"price":1.5,"venue":"nyse"})", R"({"price":2.5,"venue":"lse"})"}));
    EXPECT_EQ(build().rebuilt, "");
}

TEST_F(BuilderTest, HalfACopyOfTheSnapshotIsNotTakenForTheWorkingDatabase) {
    append("a");
    build();
    testing::expect_ok(os::remove_file(layout_.work_path()));
    std::ofstream(layout_.work_dir() + "/restore.tmp") << "half";
    append("b");
    EXPECT_EQ(build().rebuilt, "");
    EXPECT_EQ(runs(), (Runs{"a", "b"}));
    EXPECT_FALSE(*os::exists(layout_.work_dir() + "/restore.tmp"));
}

TEST_F(BuilderTest, AnotherBuilderIsNamedAfterTheWait) {
    testing::expect_ok(os::make_dirs(layout_.index_dir()));
    const auto held = testing::value_of(os::LockFile::acquire(layout_.lock_path(), 0));
    const auto report = index::build(dir_.path(), {.wait_ms = 0});
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code(), ErrorCode::kBusy);
    EXPECT_NE(report.error().message().find("pid"), std::string::npos);
}

TEST_F(BuilderTest, AReaderKeepsWhatItHasOpened) {
    append("a");
    build();
    duck::Database database =
        testing::value_of(duck::Database::open(layout_.snapshot_path(), {.read_only = true}));
    duck::Connection connection = testing::value_of(database.connect());
    for (int i = 0; i < 5; ++i) {
        append("b" + std::to_string(i));
        build();
    }
    duck::Rows rows = testing::value_of(connection.query("SELECT count(*) FROM runs_status"));
    ASSERT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 1);
    EXPECT_EQ(runs().size(), 6U);
}

TEST_F(BuilderTest, SinceAppliesTheDaysPartsAgain) {
    append("a");
    append("b", "day=2026-01-02/part-000001");
    const std::string digest = build().digest;
    const BuildReport again = build({.since = parse_day("2026-01-02")});
    EXPECT_EQ(again.duplicates, 1U);
    EXPECT_EQ(again.digest, digest);
    EXPECT_EQ(runs(), (Runs{"a", "b"}));
}

TEST_F(BuilderTest, SinceIsCompletedAfterAnAttemptThatWasInterrupted) {
    append("a", "day=2026-01-02/part-000001");
    build();
    {
        WorkDatabase work = testing::value_of(WorkDatabase::open(layout_.work_path(), {}));
        testing::expect_ok(work.connection().execute("DELETE FROM runs_status"));
        // As far as an attempt comes before its first batch.
        testing::expect_ok(work.forget({"day=2026-01-02/part-000001"}));
    }
    EXPECT_EQ(build({.since = parse_day("2026-01-02")}).duplicates, 1U);
    EXPECT_EQ(runs(), (Runs{"a"}));
}

TEST_F(BuilderTest, AnotherTargetGetsTheSnapshot) {
    append("a");
    const std::string target = dir_ / "elsewhere.duckdb";
    EXPECT_EQ(build({.target = target}).snapshot, target);
    EXPECT_EQ(runs(target), Runs{"a"});
    EXPECT_FALSE(*os::exists(layout_.snapshot_path()));
    EXPECT_TRUE(build().published);
}

TEST_F(BuilderTest, AnotherDirectoryGetsAnIndexOfItsOwnReadAsFarAsAsked) {
    append("a");
    append("x", "day=2026-01-02/part-000001");
    const BuildReport first = build({.only = BytesRead{{kPart, 1 << 20}}});
    EXPECT_EQ(runs(), (Runs{"a"}));
    const testing::TempDir elsewhere;
    const IndexLayout other(dir_.path(), elsewhere / "index");
    const std::uint64_t so_far =
        std::filesystem::file_size(dir_.path() + "/events/" + kPart + ".jsonl");
    append("b");
    const BuildReport second =
        build({.index_dir = other.index_dir(), .only = BytesRead{{kPart, so_far}}});
    EXPECT_EQ(second.digest, first.digest);
    EXPECT_EQ(runs(other.snapshot_path()), (Runs{"a"}));
    EXPECT_EQ(runs(), (Runs{"a"}));
}

TEST_F(BuilderTest, AStoppedBuildKeepsTheSnapshotAndGoesOnLater) {
    append("a");
    build();
    for (int i = 0; i < 10; ++i) append("b" + std::to_string(i));
    const auto stopped = index::build(
        dir_.path(), {.batch_bytes = 200, .progress = [](const BuildProgress&) { return false; }});
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(runs(), Runs{"a"});
    EXPECT_LT(build().events, 10U);
    EXPECT_EQ(runs().size(), 11U);
}

TEST_F(BuilderTest, ConflictsAcrossBatchesComeToTheLeastContent) {
    const auto line = [](int version) {
        return fmt::format(R"({{"event_type":"own.type","event_id":"x","timestamp_ms":1,)"
                           R"("run_id":"v{}"}})"
                           "\n",
                           version);
    };
    std::string all;
    for (int i = 0; i < 8; ++i) all += line(i);
    append_bytes(all);
    const std::string expected = build().digest;
    const BuildReport one_by_one = build({.full_rebuild = true, .batch_bytes = 1});
    EXPECT_EQ(one_by_one.digest, expected);
    EXPECT_EQ(runs().size(), 1U);
    EXPECT_EQ(one_by_one.conflicts, 7U);
}

}  // namespace
}  // namespace daybook::index
