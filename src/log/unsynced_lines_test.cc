#include "log/unsynced_lines.h"

#include <string>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::log {
namespace {

class UnsyncedLinesTest : public ::testing::Test {
protected:
    // Keeps one line of `bytes` bytes with the next number; how many are kept no longer.
    std::uint64_t keep(std::size_t bytes, bool promised = false) {
        last_ = last_ + 1;
        return lines_.keep(std::string(bytes - 1, 'x') + "\n", 1, last_, promised);
    }
    std::uint64_t kept() const {
        std::uint64_t count = 0;
        for (const UnsyncedLines::Chunk& chunk : lines_.chunks()) count += chunk.count;
        return count;
    }

    UnsyncedBudget budget_{400'000};
    UnsyncedLines lines_{budget_};
    Seq last_;
};

TEST_F(UnsyncedLinesTest, LinesAreKeptInOrderUntilASyncCoversThem) {
    std::string all;
    for (std::uint64_t i = 1; i <= 1'000; ++i) {
        const std::string line = whole_line(std::to_string(i), i);
        EXPECT_EQ(lines_.keep(line, 1, Seq(i), false), 0U);
        all += line;
    }
    std::string kept;
    for (const UnsyncedLines::Chunk& chunk : lines_.chunks()) kept += chunk.lines();
    EXPECT_EQ(kept, all);
    EXPECT_EQ(budget_.bytes(), all.size());
    EXPECT_GT(lines_.chunks().size(), 1U);

    lines_.forget_through(Seq(1));  // Part of a chunk: it stays whole.
    EXPECT_EQ(budget_.bytes(), all.size());
    lines_.forget_through(Seq(1'000));
    EXPECT_EQ(budget_.bytes(), 0U);
    EXPECT_TRUE(lines_.chunks().empty());
}

TEST_F(UnsyncedLinesTest, TheOldestGoFirst) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(keep(100'000), 0U);
    EXPECT_EQ(keep(100'000), 1U);
    EXPECT_EQ(lines_.chunks().front().last, Seq(2));
    EXPECT_EQ(lines_.dropped(), 1U);
    lines_.forget_through(Seq(1));
    EXPECT_EQ(lines_.dropped(), 0U);
}

TEST_F(UnsyncedLinesTest, WhatSomebodyWaitsForIsNeverDropped) {
    keep(100'000, true);
    keep(100'000);
    keep(200'000, true);
    EXPECT_FALSE(budget_.has_room_for_promised(200'000));
    EXPECT_EQ(keep(100'000), 1U);  // In the room of the second.
    EXPECT_EQ(keep(100'000), 1U);
    EXPECT_EQ(keep(300'000), 2U);  // All that could go, and there is no room for it even so.
    EXPECT_EQ(keep(100'000, true), 0U);
    EXPECT_EQ(lines_.chunks().front().last, Seq(1));
    EXPECT_EQ(kept(), 3U);
}

TEST_F(UnsyncedLinesTest, ALineThatIsWaitedForMakesItsNeighboursStay) {
    keep(100);
    EXPECT_FALSE(lines_.has_promised());
    keep(100, true);
    EXPECT_TRUE(lines_.has_promised());
    EXPECT_EQ(keep(400'000), 1U);
    EXPECT_EQ(kept(), 2U);
    lines_.forget_through(Seq(2));
    EXPECT_FALSE(lines_.has_promised());
    EXPECT_TRUE(budget_.has_room_for_promised(400'000));
}

TEST_F(UnsyncedLinesTest, MemoryIsGivenBackOnlyWhileNoneIsInUse) {
    for (int i = 0; i < 20; ++i) keep(10'000);
    budget_.trim();
    for (const UnsyncedLines::Chunk& chunk : lines_.chunks()) {
        EXPECT_EQ(chunk.lines().back(), '\n');
    }
    lines_.forget_through(last_);
    budget_.trim();
    EXPECT_EQ(keep(10'000), 0U);
    EXPECT_EQ(lines_.chunks().front().lines().size(), 10'000U);
}

TEST_F(UnsyncedLinesTest, LanesShareTheBudget) {
    {
        UnsyncedLines other(budget_);
        EXPECT_EQ(other.keep(std::string(300'000, 'x'), 1, Seq(1), false), 0U);
        EXPECT_EQ(keep(200'000), 1U);
        EXPECT_EQ(keep(100'000), 0U);
    }
    EXPECT_EQ(budget_.bytes(), 100'000U);
    EXPECT_EQ(keep(300'000), 0U);
}

}  // namespace
}  // namespace daybook::log
