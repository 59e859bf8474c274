#include "lifecycle/schedule.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kMinute = std::int64_t{60} * 1'000'000'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kBegun = 1'000 * kHour;

constexpr Schedule kHourly{.begun_ns = kBegun, .period_ns = kHour};

TEST(Schedule, WhatIsCheapIsDueEachPeriodAndTheRestOnceADay) {
    for (const Task task : kTasks) {
        SCOPED_TRACE(to_string(task));
        const bool daily = task == Task::kRetain || task == Task::kCollect;
        TaskTimes times;
        EXPECT_EQ(kHourly.next_at(task, times), kBegun + (daily ? 10 * kMinute : kMinute));
        note(times, Outcome::kIdle, kBegun + kHour);
        EXPECT_EQ(kHourly.next_at(task, times), kBegun + kHour + (daily ? 24 : 1) * kHour);
    }
}

TEST(Schedule, AShortPeriodIsKeptFromTheBeginning) {
    const Schedule quick{.begun_ns = kBegun, .period_ns = 1'000};
    EXPECT_EQ(quick.next_at(Task::kArchive, {}), kBegun + 1'000);
    EXPECT_EQ(quick.next_at(Task::kCollect, {}), kBegun + 24'000);
}

TEST(Schedule, WhatFailedIsTriedAgainLessAndLessOften) {
    for (const Outcome outcome : {Outcome::kFailed, Outcome::kBusy, Outcome::kStopped}) {
        SCOPED_TRACE(to_string(outcome));
        TaskTimes times;
        std::int64_t now = kBegun;
        for (const int minutes : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
            note(times, outcome, now);
            EXPECT_EQ(kHourly.next_at(Task::kArchive, times), now + minutes * kMinute);
            now = kHourly.next_at(Task::kArchive, times);
        }
        for (int i = 0; i < 1000; ++i) note(times, outcome, now);
        EXPECT_EQ(kHourly.next_at(Task::kCollect, times), now + 24 * kHour);
        note(times, Outcome::kDone, now);
        EXPECT_EQ(kHourly.next_at(Task::kArchive, times), now + kHour);
    }
}

}  // namespace
}  // namespace daybook::lifecycle
