#include "index/memory_plan.h"

#include <gtest/gtest.h>

#include "index/batch.h"

namespace daybook::index {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

TEST(MemoryPlanTest, ALargeMachineGivesNoMoreThanMakesABuildFaster) {
    EXPECT_EQ(plan_memory(0, 64'000 * kMiB), (MemoryPlan{kBatchBytes, 768 * kMiB}));
}

TEST(MemoryPlanTest, ASmallMachineGivesHalf) {
    EXPECT_EQ(plan_memory(0, 2304 * kMiB), (MemoryPlan{kBatchBytes / 2, 384 * kMiB}));
}

TEST(MemoryPlanTest, WhatIsAskedForBeyondTheAmpleGoesToTheDatabase) {
    EXPECT_EQ(plan_memory(4304 * kMiB, 1), (MemoryPlan{kBatchBytes, 2768 * kMiB}));
}

TEST(MemoryPlanTest, BelowTheLeastItStays) {
    EXPECT_EQ(plan_memory(1, 1), plan_memory(kBuildMemoryBytesMin, 1));
    EXPECT_GT(plan_memory(1, 1).batch_bytes, 40 * kMiB);
}

}  // namespace
}  // namespace daybook::index
