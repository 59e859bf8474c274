#include "log/lane_set.h"

#include <string>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::log {
namespace {

class LaneSetTest : public LogTest {
protected:
    void SetUp() override { ASSERT_TRUE(os::make_dirs(layout_.events_dir())); }
    WriterStats stats_;
};

TEST_F(LaneSetTest, ADayHasOneLane) {
    LaneSet lanes(layout_, stats_);
    OpenLane* const first = lanes.get(kToday).value();
    EXPECT_EQ(lanes.get(kToday).value(), first);
    EXPECT_EQ(stats_.lanes_taken, 1U);
}

TEST_F(LaneSetTest, ALaneThatWaitsForASyncIsUsedAgain) {
    LaneSet lanes(layout_, stats_);
    OpenLane* const first = lanes.get(kToday).value();
    first->unsynced_since_ns = 1;
    lanes.give_up(kToday);
    EXPECT_EQ(lanes.all().size(), 1U);
    EXPECT_EQ(lanes.get(kToday).value(), first);
}

TEST_F(LaneSetTest, APoisonedLaneIsUsedNoMore) {
    LaneSet lanes(layout_, stats_);
    lanes.poison(lanes.get(kToday).value()->shared_from_this());
    EXPECT_TRUE(lanes.all().empty());
    EXPECT_EQ(lanes.get(kToday).value()->lane.part(), part_of_today(2));
}

TEST_F(LaneSetTest, ASuccessorTakesTheDayUnlessAHealthyLaneHasIt) {
    LaneSet lanes(layout_, stats_);
    lanes.poison(lanes.get(kToday).value()->shared_from_this());
    const LanePtr successor = lanes.begin_successor(kToday).value();
    EXPECT_EQ(lanes.get(kToday).value(), successor.get());

    const LanePtr another = lanes.begin_successor(kToday).value();
    EXPECT_EQ(another->lane.part(), part_of_today(3));
    EXPECT_EQ(lanes.get(kToday).value(), successor.get());
    EXPECT_EQ(lanes.all().size(), 2U);
}

// Parts that are held can be written to the end; others would be made in the old place.
TEST_F(LaneSetTest, InALedgerThatWasMovedNoLaneIsTaken) {
    LaneSet lanes(layout_, stats_);
    OpenLane* const held = lanes.get(kToday).value();
    const Layout moved(dir_ / "moved");
    ASSERT_TRUE(os::rename(layout_.root(), moved.root()));
    EXPECT_EQ(lanes.get(kToday).value(), held);
    EXPECT_EQ(held->lane.append(whole_line("a", 1)).error, std::nullopt);
    EXPECT_EQ(list_parts(moved).value().at(0).size.value(), whole_line("a", 1).size());

    EXPECT_EQ(lanes.get(kToday + 1).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(lanes.begin_successor(kToday).error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(os::exists(layout_.root()).value());
    // Nor in another one that stands in its place now.
    ASSERT_TRUE(os::make_dirs(layout_.events_dir()));
    EXPECT_NE(lanes.get(kToday + 1).error().message().find("moved or replaced"), std::string::npos);
}

}  // namespace
}  // namespace daybook::log
