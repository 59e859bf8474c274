#include "ledger/repair_plan.h"

#include <string>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::ledger {
namespace {

const LedgerDir kDir("ledger");
const log::PartId kPart = log::part_of_today(1);

RepairStep only_step(RepairFacts facts) {
    const std::vector<RepairStep> steps = plan_repair(kDir, std::move(facts));
    EXPECT_EQ(steps.size(), 1u);
    return steps.empty() ? RepairStep() : steps.front();
}

DamagedRange range(bool followed) {
    return {.part = kPart,
            .offset = ByteOffset(100),
            .bytes = 50,
            .lines = 1,
            .reason = "bad_checksum",
            .followed = followed,
            .lost_lines = 1};
}

TEST(RepairPlan, DamageBeforeAGoodLineLosesOnlyWhatTheNumbersSay) {
    const RepairStep step = only_step({.ranges = {range(true)}});
    EXPECT_EQ(step.action, RepairAction::kCopy);
    EXPECT_EQ(step.unsaved, 0u);
    EXPECT_EQ(step.detail,
              "bad_checksum: no whole record in it, and no line of Daybook's is missing here");
    EXPECT_EQ(only_step({.ranges = {range(false)}}).unsaved, 1u);
}

TEST(RepairPlan, ALineInAGapIsCountedOnce) {
    const Gap gap{.part = kPart,
                  .begin = ByteOffset(100),
                  .offset = ByteOffset(150),
                  .first = log::Seq(4),
                  .lines = 1,
                  .damaged = 1,
                  .gone = {{log::Seq(4), log::Seq(4)}}};
    const auto steps = plan_repair(kDir, {.ranges = {range(true)}, .gaps = {gap}});
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_EQ(steps[0].unsaved, 0u);
    EXPECT_EQ(steps[0].detail, "bad_checksum: no whole record in it");
    EXPECT_EQ(steps[1].unsaved, 1u);
    EXPECT_EQ(steps[1].action, RepairAction::kNote);
}

TEST(RepairPlan, AGapIsLostIfASyncPromisedAnyOfIt) {
    Gap gap{.part = kPart,
            .first = log::Seq(4),
            .lines = 3,
            .gone = {{log::Seq(4), log::Seq(4)}, {log::Seq(6), log::Seq(6)}},
            .synced = log::Seq(3)};
    EXPECT_EQ(only_step({.gaps = {gap}}).kind, "missing");
    EXPECT_EQ(only_step({.gaps = {gap}}).detail,
              "seq 4, 6 are gone; no sync is on record for them: never promised");
    gap.synced = log::Seq(4);
    EXPECT_EQ(only_step({.gaps = {gap}}).kind, "lost");
    gap.synced = log::Seq(6);
    EXPECT_EQ(only_step({.gaps = {gap}}).detail,
              "seq 4, 6 are gone; synced up to 6 is on record: they were promised to survive power "
              "loss");
}

TEST(RepairPlan, WhatWasRecoveredIsNotGone) {
    const RepairStep step =
        only_step({.gaps = {{.part = kPart, .first = log::Seq(4), .lines = 2}}});
    EXPECT_EQ(step.detail, "2 lines recovered");
    EXPECT_EQ(step.unsaved, 0u);
}

TEST(RepairPlan, ATornFileWhoseRecordsAreInTheLogNeedsNothing) {
    const BuriedRecord there{.event_id = "e", .in_log = true};
    EXPECT_TRUE(plan_repair(kDir, {.torn_files = {{"torn/x", kPart, {there}}}}).empty());
    BuriedRecord missing = there;
    missing.in_log = false;
    EXPECT_EQ(only_step({.torn_files = {{"torn/x", kPart, {there, missing}}}}).records.size(), 1u);
}

TEST(RepairPlan, OnlyWhatNeedsSomebodyIsLeft) {
    const UnfinishedEnd held{.kind = UnfinishedEnd::Kind::kHeld, .part = kPart};
    EXPECT_FALSE(only_step({.ends = {held}}).is_left);
    const UnfinishedEnd foreign{.kind = UnfinishedEnd::Kind::kForeign, .part = kPart};
    EXPECT_TRUE(only_step({.ends = {foreign}}).is_left);
    const StrayFile unknown{"x", StrayKind::kUnknown, "why"};
    EXPECT_FALSE(only_step({.strays = {unknown}}).is_left);
    EXPECT_TRUE(only_step({.unreadable = {{"x", "why"}}}).is_left);
}

TEST(RepairPlan, ManyRecordsAreNotAllNamed) {
    DamagedRange many = range(true);
    many.lost_lines = 0;
    for (int i = 0; i < 5; ++i) {
        many.records.push_back({.event_id = std::string(1, static_cast<char>('a' + i)),
                                .event_type = "t",
                                .offset = ByteOffset(100)});
    }
    EXPECT_EQ(only_step({.ranges = {many}}).detail,
              "bad_checksum: t a at offset 100 is appended again, t b at offset 100 is appended "
              "again, t c at offset 100 is appended again, and 2 more");
}

}  // namespace
}  // namespace daybook::ledger
