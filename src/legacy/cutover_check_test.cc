#include "legacy/cutover_check.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

constexpr Day kCutover(20'000);
const TimestampMs kBefore = start_of(kCutover) + -1;
const TimestampMs kOnTheDay = start_of(kCutover);

TEST(CutoverCheck, CountsWhoHasARun) {
    const CutoverReport report =
        check_cutover({{"b", kOnTheDay}, {"a", kBefore}}, {{"c", kBefore}, {"a", kBefore}}, {});
    EXPECT_EQ(report, (CutoverReport{.in_both = 1, .in_file_alone = 1, .in_log_alone = 1}));
    EXPECT_EQ(check_cutover({}, {}, kCutover), CutoverReport{});
    EXPECT_EQ(check_cutover({{"a"}}, {}, kCutover), CutoverReport{.in_log_alone = 1});
    EXPECT_EQ(check_cutover({}, {{"a"}}, kCutover), CutoverReport{.in_file_alone = 1});
}

TEST(CutoverCheck, TellsEachRunOnTheWrongSide) {
    const CutoverReport report = check_cutover({{"differs", kBefore},
                                                {"same", kBefore},
                                                {"early", kBefore},
                                                {"right", kOnTheDay},
                                                {"unknown"}},
                                               {{"differs", kOnTheDay},
                                                {"same", kBefore},
                                                {"late", kOnTheDay},
                                                {"old", kBefore},
                                                {"unknown", kBefore}},
                                               kCutover);
    EXPECT_EQ(report.in_both, 3U);
    const std::vector<DisagreeingRun> expected = {
        {"differs", Disagreement::kCreated, kBefore, kOnTheDay},
        {"early", Disagreement::kLogEarly, kBefore, std::nullopt},
        {"late", Disagreement::kLegacyLate, std::nullopt, kOnTheDay}};
    EXPECT_EQ(report.disagreeing, expected);
}

TEST(CutoverCheck, WithoutOneThereIsNothingToDisagreeAbout) {
    EXPECT_TRUE(check_cutover({{"a", kBefore}, {"b", kBefore}}, {{"a", kOnTheDay}}, {})
                    .disagreeing.empty());
}

}  // namespace
}  // namespace daybook::legacy
