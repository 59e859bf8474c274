// Processes that write at once, and readers beside them.

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "crash/inventory.h"
#include "crash/storm.h"
#include "log/follow.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

class Together : public ::testing::TestWithParam<std::string> {};

TEST_P(Together, NoWriterTakesMoreThanOnePartAndEveryEventIsThere) {
    const TempDir dir;
    const StormPlan plan{.via = GetParam(), .events_each = 600};
    const StormOutcome outcome = run_storm(dir.path(), plan);
    const log::Layout layout(dir.path());
    expect_kept(layout, outcome);
    const Inventory inventory = take_inventory(layout);
    EXPECT_EQ(inventory.events(), static_cast<std::size_t>(plan.writers) * plan.events_each);
    EXPECT_EQ(inventory.torn, 0);
    // A day that turns meanwhile doubles them.
    EXPECT_LE(inventory.parts, 2 * plan.writers);
    const bool one_day = log::list_parts(layout).value().front().id.day ==
                         log::list_parts(layout).value().back().id.day;
    EXPECT_TRUE(!one_day || inventory.parts <= plan.writers) << inventory.parts;
}

TEST_P(Together, WritersThatComeOneAfterTheOtherShareOnePart) {
    const TempDir dir;
    for (int i = 0; i < 5; ++i) {
        const StormPlan plan{.via = GetParam(), .writers = 1, .events_each = 20};
        EXPECT_EQ(run_storm(dir.path(), plan).failures, 0);
    }
    EXPECT_LE(take_inventory(log::Layout(dir.path())).parts, 2);
}

// Readers that scan from the beginning, and one that follows, while writers are killed beside them.
TEST_P(Together, ReadersSeeWholeSoundLinesAtEveryMoment) {
    const TempDir dir;
    const log::Layout layout(dir.path());
    std::atomic<bool> stop{false};
    std::atomic<int> scans{0};
    std::vector<std::string> problems;
    std::size_t followed = 0;
    std::thread scanning([&] {
        while (!stop) {
            const Inventory inventory = take_inventory(layout);
            problems.insert(problems.end(), inventory.problems.begin(), inventory.problems.end());
            ++scans;
        }
    });
    std::thread following([&] {
        log::Follower follower =
            log::Follower::open(layout, log::Follower::Start::kBeginning).value();
        for (bool last_round = false; !last_round;) {
            last_round = stop;
            EXPECT_TRUE(follower.poll([&](const log::PartId&, const log::Line& line) {
                EXPECT_EQ(line.kind, log::LineKind::kOurs);
                ++followed;
                return true;
            }));
        }
    });
    const StormPlan plan{.via = GetParam(),
                         .writers = 6,
                         .events_each = 1'500,
                         .kill_interval_us = 8'000,
                         .seed = 7};
    const StormOutcome outcome = run_storm(dir.path(), plan);
    stop = true;
    scanning.join();
    following.join();
    expect_kept(layout, outcome);
    EXPECT_EQ(problems, std::vector<std::string>{});
    EXPECT_GE(scans, 2);
    EXPECT_EQ(followed, take_inventory(layout).events());
}

INSTANTIATE_TEST_SUITE_P(Via, Together, ::testing::Values("log", "ledger"),
                         [](const auto& variant) { return variant.param; });

}  // namespace
}  // namespace daybook::testing
