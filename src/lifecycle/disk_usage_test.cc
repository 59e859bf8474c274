#include "lifecycle/disk_usage.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

class DiskUsageTest : public ::testing::Test {
protected:
    void write(const std::string& place, std::size_t bytes) const {
        const fs::path path = fs::path(dir_.root()) / place;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << std::string(bytes, 'x');
    }
    fs::path root() const { return dir_.root(); }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
};

TEST_F(DiskUsageTest, EveryByteIsInOneArea) {
    write("ledger.json", 1);
    write("events/_reserve", 10);
    write("events/day=2026-01-23/part-000001.jsonl", 20);
    write("archive/day=2026-01-23/events-000001.parquet", 300);
    write("artifacts/objects/ab/cd", 4'000);
    write("trash/x/artifacts/a", 50'000);
    write("torn/a", 100'000);
    write("quarantine/a", 200'000);
    write("index/gen-000001.duckdb", 7);
    EXPECT_EQ(testing::value_of(look_at_disk(dir_)).usage, (DiskUsage{.parts = 30,
                                                                      .archives = 300,
                                                                      .index = 7,
                                                                      .artifacts = 4'000,
                                                                      .trash = 50'000,
                                                                      .evidence = 300'000,
                                                                      .other = 1}));
}

TEST_F(DiskUsageTest, AFileOfTwoNamesCountsOnceAndALinkNotAtAll) {
    write("index/gen-000001.duckdb", 9);
    fs::create_hard_link(root() / "index/gen-000001.duckdb", root() / "index/runs.duckdb");
    write("artifacts/a", 5);
    fs::create_symlink("/etc", root() / "artifacts/link");
    fs::create_symlink(root() / "artifacts/a", root() / "artifacts/again");
    const DiskUsage usage = testing::value_of(look_at_disk(dir_)).usage;
    EXPECT_EQ(usage.index, 9U);
    EXPECT_EQ(usage.artifacts, 5U);
}

TEST_F(DiskUsageTest, ALogsBytesAreOfTheirDayAndArtifactsOfTheDayOfWriting) {
    write("events/day=2026-01-23/part-000001.jsonl", 20);
    write("events/day=2026-01-23/part-000001.seal.json", 2);
    write("archive/day=2026-01-22/events-000001.parquet", 300);
    write("events/_reserve", 10);
    write("artifacts/runs/r/a", 5);
    const Day today = day_of(system_clock().now());
    EXPECT_EQ(testing::value_of(look_at_disk(dir_)).days,
              (std::map<Day, DayUsage>{{*parse_day("2026-01-22"), {.log = 300}},
                                       {*parse_day("2026-01-23"), {.log = 22}},
                                       {today, {.artifacts = 5}}}));
}

TEST_F(DiskUsageTest, WhatIsNotThereTakesNothing) {
    EXPECT_EQ(testing::value_of(tree_bytes(dir_.root())), 0U);
}

}  // namespace
}  // namespace daybook::lifecycle
