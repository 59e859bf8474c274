#include "index/work_database.h"

#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

TEST(WorkDatabaseTest, RowsCursorsAndMetaSurviveClosing) {
    const testing::TempDir dir;
    const std::string path = dir / "work.duckdb";
    std::string digest;
    {
        WorkDatabase work = testing::value_of(WorkDatabase::create(path, {}, Generation(7), "up"));
        Batch batch = testing::make_batch(
            {R"({"event_type":"run.started","event_id":"1","timestamp_ms":1,"run_id":"r"})"});
        batch.parts[0].bytes = 5;
        testing::value_of(work.fold().apply(batch, {}));
        EXPECT_FALSE(testing::value_of(work.meta()).is_published);
        testing::expect_ok(work.seal(Generation(8), TimestampMs(1000)));
        digest = work.fold().digest().to_hex();
    }
    WorkDatabase work = testing::value_of(WorkDatabase::open(path, {}));
    const IndexMeta meta = testing::value_of(work.meta());
    EXPECT_EQ(meta.generation, Generation(8));
    EXPECT_TRUE(meta.is_published);
    EXPECT_EQ(meta.digest, digest);
    EXPECT_EQ(meta.builder_version, builder_version());
    EXPECT_EQ(meta.upcasters, "up");
    const auto parts = testing::value_of(work.parts());
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].bytes, 5U);
    testing::expect_ok(work.forget({parts[0].name}));
    EXPECT_TRUE(testing::value_of(work.parts()).empty());
}

// As if its builder had died after a transaction and before the checkpoint, or as if a copy of the
// ledger had been put over it then.
TEST(WorkDatabaseTest, AWriteAheadLogOfAnotherOneIsNotApplied) {
    const testing::TempDir dir;
    const std::string path = dir / "work.duckdb";
    const std::string copy = dir / "copy.duckdb";
    {
        WorkDatabase work = testing::value_of(WorkDatabase::create(path, {}, Generation(7), ""));
        testing::expect_ok(work.seal(Generation(8), TimestampMs(1000)));
    }
    testing::expect_ok(os::copy_file(path, copy, 0644));
    std::string wal;
    {
        WorkDatabase work = testing::value_of(WorkDatabase::open(path, {}));
        Batch batch = testing::make_batch(
            {R"({"event_type":"run.started","event_id":"1","timestamp_ms":1,"run_id":"r"})"});
        testing::value_of(work.fold().apply(batch, {}));
        wal = testing::value_of(os::read_file(path + ".wal", std::size_t{1} << 20));
        ASSERT_FALSE(wal.empty());
    }
    testing::expect_ok(os::write_file_atomic(copy + ".wal", wal));
    WorkDatabase work = testing::value_of(WorkDatabase::open(copy, {}));
    duck::Rows rows = testing::value_of(work.connection().query("FROM runs_status"));
    EXPECT_FALSE(testing::value_of(rows.next()));
    EXPECT_FALSE(*os::exists(copy + ".left.wal"));
}

TEST(WorkDatabaseTest, AMissingDatabaseIsNotFound) {
    const testing::TempDir dir;
    const auto work = WorkDatabase::open(dir / "nothing.duckdb", {});
    ASSERT_FALSE(work.has_value());
    EXPECT_EQ(work.error().code(), ErrorCode::kNotFound);
}

TEST(WorkDatabaseTest, RemovingTakesTheWriteAheadLogToo) {
    const testing::TempDir dir;
    const std::string path = dir / "work.duckdb";
    testing::expect_ok(os::write_file_atomic(path, "x"));
    testing::expect_ok(os::write_file_atomic(path + ".wal", "x"));
    testing::expect_ok(remove_database(path));
    EXPECT_FALSE(*os::exists(path));
    EXPECT_FALSE(*os::exists(path + ".wal"));
}

}  // namespace
}  // namespace daybook::index
