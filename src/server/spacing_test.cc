#include "server/spacing.h"

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

constexpr Nanoseconds kNow = 1'000 * kSecond;

std::optional<Nanoseconds> due(const SpacingFacts& facts) { return next_build_at(facts, kNow); }

TEST(Spacing, NothingIsDueWhileNothingIsNew) {
    EXPECT_EQ(due({}), std::nullopt);
    EXPECT_EQ(due({.published_at = kNow, .publication = kSecond}), std::nullopt);
}

TEST(Spacing, NewsWaitForABatchAndTheEndOfARunForNothing) {
    EXPECT_EQ(due({.news_since = kNow}), kNow + 250 * kMillisecond);
    EXPECT_EQ(due({.news_since = kNow, .run_ended = true}), kNow);
}

TEST(Spacing, PublicationsTakeAtMostATenthOfTheTime) {
    const SpacingFacts facts{
        .news_since = kNow, .run_ended = true, .published_at = kNow, .publication = 2 * kSecond};
    EXPECT_EQ(due(facts), kNow + 20 * kSecond);
    // Whatever happens meanwhile, for ever: what is published is at most an eleventh of the time.
    const Nanoseconds cycle = *due(facts) - kNow + facts.publication;
    EXPECT_LE(10 * facts.publication, cycle);
}

TEST(Spacing, AShortPublicationDelaysNothing) {
    EXPECT_EQ(due({.news_since = kNow, .published_at = kNow, .publication = 25 * kMillisecond}),
              kNow + 250 * kMillisecond);
}

TEST(Spacing, WhoAsksForASyncWaitsForNothing) {
    EXPECT_EQ(due({.sync_requested = true,
                   .published_at = kNow,
                   .publication = kSecond,
                   .failures = 3,
                   .failed_at = kNow}),
              kNow);
}

TEST(Spacing, FailuresAreTriedAgainLessAndLessOften) {
    SpacingFacts facts{.news_since = kNow - 3600 * kSecond, .failures = 1, .failed_at = kNow};
    EXPECT_EQ(due(facts), kNow + 1 * kSecond);
    facts.failures = 3;
    EXPECT_EQ(due(facts), kNow + 4 * kSecond);
    for (const int many : {6, 7, 1'000'000}) {
        facts.failures = many;
        EXPECT_EQ(due(facts), kNow + 30 * kSecond);
    }
}

}  // namespace
}  // namespace daybook::server
