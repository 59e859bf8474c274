#include "lifecycle/archive_plan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

constexpr Day kDay(20476);  // 2026-01-23

log::PartInfo part(std::uint32_t number, bool sealed, Day day = kDay) {
    return {.id = {.day = day, .number = log::PartNumber(number)},
            .size = ByteOffset(100),
            .sealed = sealed};
}

std::vector<std::string> lines(const ArchivePlan& plan) {
    std::vector<std::string> out;
    for (const DayToArchive& day : plan.days) {
        out.push_back(
            fmt::format("{}: {} parts, {} bytes", to_string(day.day), day.parts.size(), day.bytes));
    }
    for (const DayToLeave& day : plan.left) {
        out.push_back(fmt::format("{} stays: {}", to_string(day.day), day.reason));
    }
    return out;
}

using Lines = std::vector<std::string>;

TEST(ArchivePlan, ADayIsDueAtTheMomentOfItsEnd) {
    const std::vector<log::PartInfo> parts = {part(1, true), part(2, true)};
    const TimestampMs end = start_of(kDay + 1);
    EXPECT_EQ(lines(plan_archive(parts, end)), Lines{"2026-01-23: 2 parts, 200 bytes"});
    EXPECT_EQ(lines(plan_archive(parts, end + -1)),
              Lines{"2026-01-23 stays: it ends 2026-01-24T00:00:00.000Z, and only what has ended "
                    "by 2026-01-23T23:59:59.999Z is archived"});
}

TEST(ArchivePlan, ADayWithAPartThatIsNotSealedStays) {
    const TimestampMs end = start_of(kDay + 9);
    EXPECT_EQ(lines(plan_archive({part(1, true), part(2, false)}, end)),
              Lines{"2026-01-23 stays: day=2026-01-23/part-000002 is not sealed: 'daybook seal' "
                    "seals what can no longer grow"});
    EXPECT_EQ(lines(plan_archive({part(1, false), part(2, true), part(3, false)}, end)),
              Lines{"2026-01-23 stays: day=2026-01-23/part-000001 and 1 more are not sealed: "
                    "'daybook seal' seals what can no longer grow"});
}

TEST(ArchivePlan, DaysAreJudgedOneByOne) {
    const TimestampMs end = start_of(kDay + 2);
    EXPECT_EQ(lines(plan_archive({part(1, true), part(1, false, kDay + 1), part(1, true, kDay + 2)},
                                 end)),
              (Lines{"2026-01-23: 1 parts, 100 bytes",
                     "2026-01-24 stays: day=2026-01-24/part-000001 is not sealed: 'daybook seal' "
                     "seals what can no longer grow",
                     "2026-01-25 stays: it ends 2026-01-26T00:00:00.000Z, and only what has ended "
                     "by 2026-01-25T00:00:00.000Z is archived"}));
}

TEST(ArchivePlan, WhereOtherToolsWriteNothingIsArchived) {
    EXPECT_EQ(lines(plan_archive({part(1, true)}, start_of(kDay + 9), log::Sharing::kShared)),
              Lines{"2026-01-23 stays: other tools write to this log, and would use the numbers of "
                    "archived parts again: 'daybook adopt --finish' ends that"});
}

TEST(ArchivePlan, NoPartsNoPlan) { EXPECT_TRUE(lines(plan_archive({}, TimestampMs(0))).empty()); }

}  // namespace
}  // namespace daybook::lifecycle
