#include "lifecycle/stats.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/event_log.h"
#include "ledger/sealer.h"
#include "lifecycle/archiver.h"
#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;

// 2026-01-23 and the day after, long over.
constexpr std::int64_t kNoon = 1'769'169'600'000;

class StatsTest : public ::testing::Test {
protected:
    void emit(const std::string& type, const std::string& run, std::int64_t time_ms,
              const std::string& more = "") {
        const auto log = testing::value_of(ledger::EventLog::open(dir_, {.background = false}));
        testing::value_of(log->emit_json(R"({"event_type":")" + type + R"(","run_id":")" + run +
                                         R"(","timestamp_ms":)" + std::to_string(time_ms) + more +
                                         "}"));
    }
    void fill() {
        emit("run.started", "r1", kNoon);
        emit("run.tagged", "r1", kNoon + 1, R"(,"tags":{"a":"long long long"})");
        emit("run.started", "r2", kNoon + 2);
        emit("run.cancelled", "r1", kNoon + kDayMs);
    }
    void write(const std::string& place, const std::string& text) const {
        const fs::path path = fs::path(dir_.root()) / place;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    Stats stats(StatsBy by, std::size_t rows_max = 0) const {
        return testing::value_of(gather_stats(dir_, clock_, {.by = by, .rows_max = rows_max}));
    }
    static std::vector<std::pair<std::string, std::uint64_t>> events_of(const Stats& stats) {
        std::vector<std::pair<std::string, std::uint64_t>> found;
        for (const StatsRow& row : stats.rows) found.emplace_back(row.name, row.events);
        return found;
    }
    std::uint64_t log_bytes() const {
        std::uint64_t bytes = 0;
        for (const auto& part : testing::value_of(log::list_parts(dir_.layout()))) {
            bytes += part.size.value();
        }
        return bytes;
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{TimestampMs(kNoon + 10 * kDayMs)};
};

using Rows = std::vector<std::pair<std::string, std::uint64_t>>;

TEST_F(StatsTest, DaysAreInTheirOrder) {
    fill();
    const Stats found = stats(StatsBy::kDay);
    EXPECT_EQ(events_of(found), (Rows{{"2026-01-23", 3}, {"2026-01-24", 1}}));
    EXPECT_EQ(found.events, 4U);
    EXPECT_EQ(found.bytes, log_bytes());
    EXPECT_EQ(found.rows[0].bytes + found.rows[1].bytes, found.bytes);
    EXPECT_EQ(found.forecast.bytes_per_day.has_value(), true);
}

TEST_F(StatsTest, SealsTellTheSameAsReading) {
    fill();
    const Stats before = stats(StatsBy::kDay);
    testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
    const Stats after = stats(StatsBy::kDay);
    EXPECT_EQ(events_of(after), events_of(before));
    EXPECT_EQ(after.bytes, before.bytes);
    // The seals are on the disk too.
    EXPECT_GT(after.usage.parts, before.usage.parts);
}

TEST_F(StatsTest, ArchivesTellTheSameAsParts) {
    fill();
    testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
    std::vector<Stats> before;
    for (const StatsBy by : {StatsBy::kDay, StatsBy::kType, StatsBy::kRun}) {
        before.push_back(stats(by));
    }
    const ArchiveReport archived =
        testing::value_of(archive_days(dir_, {.ended_before = clock_.now(), .clock = &clock_}));
    ASSERT_EQ(archived.days.size(), 2U);
    ASSERT_EQ(archived.days[0].state, ArchiveState::kArchived) << archived.days[0].detail;
    for (const StatsBy by : {StatsBy::kDay, StatsBy::kType, StatsBy::kRun}) {
        Stats after = stats(by);
        Stats& expected = before[static_cast<std::size_t>(by)];
        for (Stats* each : {&after, &expected}) {
            for (StatsRow& row : each->rows) row.disk = 0;
        }
        EXPECT_EQ(after.rows, expected.rows);
        EXPECT_EQ(after.bytes, expected.bytes);
    }
}

TEST_F(StatsTest, TypesAndRunsAreByBytes) {
    fill();
    EXPECT_EQ(events_of(stats(StatsBy::kType)),
              (Rows{{"run.started", 2}, {"run.tagged", 1}, {"run.cancelled", 1}}));
    const Stats runs = stats(StatsBy::kRun, 1);
    EXPECT_EQ(events_of(runs), (Rows{{"r1", 3}}));
    EXPECT_EQ(runs.rows_left, 1U);
    EXPECT_EQ(runs.bytes, log_bytes());
    EXPECT_EQ(runs.rows[0].first, TimestampMs(kNoon));
    EXPECT_EQ(runs.rows[0].last, TimestampMs(kNoon + kDayMs));
}

TEST_F(StatsTest, WhatIsNoEventIsCounted) {
    fill();
    const auto parts = testing::value_of(log::list_parts(dir_.layout()));
    std::ofstream(dir_.layout().part_path(parts[0].id), std::ios::app) << "garbage\n";
    const Stats found = stats(StatsBy::kType);
    EXPECT_EQ(found.rows.back().name, "(no event)");
    EXPECT_EQ(found.rows.back().bytes, 8U);
}

TEST_F(StatsTest, WhatLiesOnTheDiskIsOfItsDayAndItsRun) {
    fill();
    write("artifacts/runs/r1/a", "12345");
    write("archive/day=2026-01-23/events-000001.parquet", "1234567");
    EXPECT_EQ(stats(StatsBy::kRun).rows[0].artifacts, 5U);
    EXPECT_EQ(stats(StatsBy::kDay).rows[0].disk,
              7 + testing::value_of(tree_bytes(dir_.layout().day_dir(Day(20'476)))));
}

}  // namespace
}  // namespace daybook::lifecycle
