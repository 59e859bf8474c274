#include "legacy/refresh_policy.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

constexpr std::int64_t kThen = 1'769'126'400'000;

TimestampMs later(std::int64_t ms) { return TimestampMs(kThen + ms); }

CacheState read_in(std::int64_t took_ms) {
    return {.bytes = 1'000, .copied_at = TimestampMs(kThen), .took_ms = took_ms};
}

TEST(RefreshPolicy, AQuestionReadsWhatTakesSeconds) {
    EXPECT_TRUE(is_due(read_in(0), 1'000, later(0)));
    EXPECT_TRUE(is_due(read_in(kQuestionMs), 1'000, later(0)));
    EXPECT_FALSE(is_due(read_in(kQuestionMs + 1), 1'000, later(0)));
}

TEST(RefreshPolicy, ALongReadIsMadeOnceInAWhile) {
    const CacheState last = read_in(60'000);
    EXPECT_FALSE(is_due(last, 1'000, later(20 * 60'000 - 1)));
    EXPECT_TRUE(is_due(last, 1'000, later(20 * 60'000)));
    EXPECT_TRUE(is_due(last, 1'000, later(-1))) << "the clock was set back";
}

TEST(RefreshPolicy, AFileThatGrewTakesLonger) {
    EXPECT_EQ(expected_ms(read_in(1'000), 5'000), 5'000);
    EXPECT_EQ(expected_ms(read_in(1'000), 10), 1'000);
    EXPECT_FALSE(is_due(read_in(1'001), 5'000, later(0)));
    EXPECT_EQ(expected_ms(CacheState{.took_ms = 7}, 0), 7);
}

TEST(RefreshPolicy, WhatTheFileIsAtFaultForIsRefusedUntilItChanges) {
    const Refusal last{.version = "1",
                       .reader = "me",
                       .code = ErrorCode::kCorrupt,
                       .message = "torn",
                       .failed_at = TimestampMs(kThen)};
    ASSERT_TRUE(still_refused(last, "1", "me", later(1'000'000'000), true));
    EXPECT_EQ(still_refused(last, "1", "me", later(0), false)->message(), "torn");
    EXPECT_FALSE(still_refused(last, "2", "me", later(0), false));
    EXPECT_FALSE(still_refused(last, "1", "another", later(0), false));
}

TEST(RefreshPolicy, WhatMayBeOtherwiseSoonIsTriedAgainAfterAMinute) {
    const Refusal last{.code = ErrorCode::kNoSpace, .failed_at = TimestampMs(kThen)};
    EXPECT_TRUE(still_refused(last, "2", "me", later(kRetryMs - 1), false));
    EXPECT_FALSE(still_refused(last, "2", "me", later(kRetryMs), false));
    EXPECT_FALSE(still_refused(last, "2", "me", later(0), true)) << "somebody asks for it";
    EXPECT_FALSE(still_refused(last, "2", "me", later(-1), false)) << "the clock was set back";
}

// A large file that its owner writes to during each copy costs a copy for nothing.
TEST(RefreshPolicy, WhatFailedLateIsNotTriedAgainAtOnceWhateverItWas) {
    for (const ErrorCode code : {ErrorCode::kBusy, ErrorCode::kCorrupt, ErrorCode::kNoSpace}) {
        const Refusal last{.code = code, .failed_at = TimestampMs(kThen), .took_ms = 60'000};
        EXPECT_TRUE(still_refused(last, "2", "me", later(20 * 60'000 - 1), false));
        EXPECT_FALSE(still_refused(last, "2", "me", later(20 * 60'000), false));
    }
    EXPECT_FALSE(is_worth_remembering(ErrorCode::kBusy, kQuestionMs));
    EXPECT_TRUE(is_worth_remembering(ErrorCode::kBusy, kQuestionMs + 1));
    EXPECT_TRUE(is_worth_remembering(ErrorCode::kCorrupt, 0));
    EXPECT_FALSE(is_worth_remembering(ErrorCode::kCancelled, 1'000'000));
}

}  // namespace
}  // namespace daybook::legacy
