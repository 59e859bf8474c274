#include "base/random.h"

#include <array>
#include <set>

#include <gtest/gtest.h>

namespace daybook {
namespace {

// The values of an independent implementation of xoshiro256** and splitmix64.
TEST(SeededRandom, IsXoshiro256StarStarSeededBySplitmix64) {
    SeededRandom random(42);
    const std::array<std::uint64_t, 3> values = {random.next(), random.next(), random.next()};
    EXPECT_EQ(values, (std::array<std::uint64_t, 3>{0x15780b2e0c2ec716, 0x6104d9866d113a7e,
                                                    0xae17533239e499a1}));
}

TEST(SeededRandom, OneSeedGivesOneSequence) {
    SeededRandom a(7);
    SeededRandom b(7);
    SeededRandom c(8);
    const std::uint64_t first = a.next();
    EXPECT_EQ(first, b.next());
    EXPECT_NE(first, c.next());
}

TEST(SeededRandom, ASeedOfZeroIsAsGoodAsAny) {
    SeededRandom random(0);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 10'000; ++i) seen.insert(random.next());
    EXPECT_EQ(seen.size(), 10'000U);
}

TEST(RandomSeed, IsAnotherEachTime) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random_seed());
    EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace daybook
