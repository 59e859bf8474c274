#include "ledger/part_walk.h"

#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "log/scan.h"
#include "log/test_support.h"

namespace daybook::ledger {
namespace {

RepairFacts walk(const std::string& bytes) {
    RepairFacts facts;
    PartWalk walk(log::part_of_today(1), facts);
    log::Scanner scanner(bytes, ByteOffset(0));
    while (const auto line = scanner.next()) walk.see(*line);
    walk.finish();
    return facts;
}

using log::whole_line;
using Numbers =
    std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;
// Offset, first number, lines, damaged lines, synced.
std::vector<Numbers> gaps(const RepairFacts& facts) {
    std::vector<Numbers> gaps;
    for (const Gap& gap : facts.gaps) {
        gaps.emplace_back(gap.offset.value(), gap.first.value(), gap.lines, gap.damaged,
                          gap.synced.value());
    }
    return gaps;
}

TEST(PartWalk, FindsNothingInAGoodPart) {
    const RepairFacts facts = walk(whole_line("a", 1) + whole_line("b", 2, 1) + "{\"x\":1}\n");
    EXPECT_TRUE(facts.ranges.empty());
    EXPECT_TRUE(facts.gaps.empty());
    EXPECT_TRUE(facts.disorders.empty());
}

TEST(PartWalk, DamagedLinesInARowAreOneRange) {
    const std::string a = whole_line("a", 1);
    const RepairFacts facts = walk(a + "bad\n\nworse\n" + whole_line("b", 2) + "bad\n");
    ASSERT_EQ(facts.ranges.size(), 2u);
    EXPECT_EQ(facts.ranges[0].offset, ByteOffset(a.size()));
    EXPECT_EQ(facts.ranges[0].bytes, 11u);
    EXPECT_EQ(facts.ranges[0].lines, 3u);
    EXPECT_EQ(facts.ranges[0].reason, "no_object");
    EXPECT_EQ(facts.ranges[1].bytes, 4u);
    EXPECT_TRUE(facts.ranges[0].followed);
    EXPECT_FALSE(facts.ranges[1].followed);
    EXPECT_TRUE(facts.gaps.empty());
}

TEST(PartWalk, EveryMissingNumberIsInAGap) {
    const std::string a = whole_line("a", 1);
    const std::string e = whole_line("e", 5, 3);
    const std::string bytes = a + "bad\n" + e + whole_line("h", 8, 6);
    EXPECT_EQ(walk(bytes).gaps[0].begin, ByteOffset(a.size()));
    EXPECT_EQ(gaps(walk(bytes)), (std::vector<Numbers>{{a.size() + 4, 2, 3, 1, 6},
                                                       {a.size() + 4 + e.size(), 6, 2, 0, 6}}));
}

TEST(PartWalk, ASyncThatNamesLinesBehindTheLastShowsThatTheEndWasCut) {
    const std::string a = whole_line("a", 1, 4);
    EXPECT_EQ(gaps(walk(a)), (std::vector<Numbers>{{a.size(), 2, 3, 0, 4}}));
    EXPECT_EQ(gaps(walk(a + "bad\n")), (std::vector<Numbers>{{a.size() + 4, 2, 3, 1, 4}}));
}

TEST(PartWalk, ANumberThatDoesNotAscendIsDisorder) {
    const std::string a = whole_line("a", 4);
    const RepairFacts facts = walk(a + whole_line("b", 2) + whole_line("c", 5));
    ASSERT_EQ(facts.disorders.size(), 1u);
    EXPECT_EQ(facts.disorders[0].offset, ByteOffset(a.size()));
    EXPECT_EQ(facts.disorders[0].seq, log::Seq(2));
    EXPECT_EQ(facts.disorders[0].previous, log::Seq(4));
}

}  // namespace
}  // namespace daybook::ledger
