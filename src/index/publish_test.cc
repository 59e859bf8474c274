#include "index/publish.h"

#include <fstream>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

class PublishTest : public ::testing::Test {
protected:
    PublishTest() {
        EXPECT_TRUE(os::make_dirs(layout_.work_dir()));
        write(layout_.work_path(), "rows");
    }
    static void write(const std::string& path, const std::string& bytes) {
        std::ofstream(path) << bytes;
    }
    static std::string read(const std::string& path) {
        return os::read_file(path, 1000).value_or("(none)");
    }

    testing::TempDir dir_;
    IndexLayout layout_{dir_.path()};
};

TEST_F(PublishTest, TheSnapshotIsTheNewestGenerationReadOnly) {
    ASSERT_TRUE(publish(layout_, layout_.work_path(), Generation(1)));
    const auto snapshot = os::file_info(layout_.snapshot_path());
    const auto generation = os::file_info(layout_.generation_path(Generation(1)));
    EXPECT_EQ((*snapshot)->identity, (*generation)->identity);
    EXPECT_EQ((*snapshot)->mode & 0777U, 0444U);
    EXPECT_EQ(read(layout_.snapshot_path()), "rows");
}

TEST_F(PublishTest, OnlyTheGenerationThatIsTheSnapshotIsPublished) {
    EXPECT_EQ(is_published(layout_, Generation(1)), false);
    ASSERT_TRUE(publish(layout_, layout_.work_path(), Generation(1)));
    ASSERT_TRUE(publish(layout_, layout_.work_path(), Generation(2)));
    EXPECT_EQ(is_published(layout_, Generation(1)), false);
    EXPECT_EQ(is_published(layout_, Generation(2)), true);
}

TEST_F(PublishTest, WhatIsNoSnapshotShowsInItsSizeAndHead) {
    const std::string path = dir_ / "x.duckdb";
    EXPECT_EQ(*snapshot_problem(path), "");
    write(path, "");
    EXPECT_EQ(*snapshot_problem(path), "it is no DuckDB database, with 0 bytes");
    write(path, "checksumDUCK");
    EXPECT_EQ(*snapshot_problem(path), "it is no DuckDB database, with 12 bytes");
    write(path, std::string(20'000, 'x'));
    EXPECT_EQ(*snapshot_problem(path), "it is no DuckDB database");
    write(path, "checksumDUCK" + std::string(20'000, 'x'));
    EXPECT_EQ(*snapshot_problem(path), "");
    EXPECT_EQ(*snapshot_problem(dir_.path()), "it is a directory");
}

TEST_F(PublishTest, ThreeGenerationsAreKept) {
    for (std::uint64_t i = 1; i <= 5; ++i) {
        write(layout_.work_path(), std::to_string(i));
        ASSERT_TRUE(publish(layout_, layout_.work_path(), Generation(i)));
    }
    EXPECT_EQ(*list_generations(layout_),
              (std::vector{Generation(3), Generation(4), Generation(5)}));
    EXPECT_EQ(read(layout_.snapshot_path()), "5");
}

TEST_F(PublishTest, AStrayWriteAheadLogIsSetAside) {
    write(layout_.snapshot_path() + ".wal", "stray");
    const Result<std::string> note = publish(layout_, layout_.work_path(), Generation(1));
    ASSERT_TRUE(note.has_value());
    EXPECT_NE(note->find("quarantine"), std::string::npos);
    EXPECT_FALSE(*os::exists(layout_.snapshot_path() + ".wal"));
    EXPECT_EQ(os::list_dir(layout_.quarantine_dir())->size(), 1U);
}

TEST_F(PublishTest, LeftoversOfACrashAreNoObstacle) {
    write(layout_.work_dir() + "/snapshot.tmp", "half");
    write(layout_.work_dir() + "/link.tmp", "old");
    ASSERT_TRUE(publish(layout_, layout_.work_path(), Generation(1)));
    EXPECT_EQ(read(layout_.snapshot_path()), "rows");
}

TEST_F(PublishTest, AnotherTargetIsReplacedWithoutGenerations) {
    const std::string target = dir_ / "other.duckdb";
    write(target, "old");
    ASSERT_TRUE(publish_to(layout_, layout_.work_path(), target));
    EXPECT_EQ(read(target), "rows");
    EXPECT_TRUE(list_generations(layout_)->empty());
}

}  // namespace
}  // namespace daybook::index
