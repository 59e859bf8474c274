#include "cli/time_argument.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

constexpr TimestampMs kNow{1769126400000};  // 2026-01-23T00:00:00Z

TEST(TimeArgument, IsATimeOrHowLongAgo) {
    EXPECT_EQ(parse_time_argument("2026-01-23", TimestampMs(0)), kNow);
    EXPECT_EQ(parse_time_argument("2026-01-23T01:00+01:00", TimestampMs(0)), kNow);
    EXPECT_EQ(parse_time_argument("90s", kNow), kNow + -90'000);
    EXPECT_EQ(parse_time_argument("5m", kNow), kNow + -300'000);
    EXPECT_EQ(parse_time_argument("24h", kNow), kNow + -86'400'000);
    EXPECT_EQ(parse_time_argument("2d", kNow), kNow + -172'800'000);
    EXPECT_EQ(parse_time_argument("1w", kNow), kNow + -604'800'000);
    EXPECT_EQ(parse_time_argument("0s", kNow), kNow);
}

TEST(TimeArgument, RefusesEverythingElse) {
    for (const char* text : {"", "d", "5", "5 m", "-5m", "5mm", "1.5h", "5y", "yesterday",
                             "2026-02-30", "999999999999d", "99999999999999999999s"}) {
        SCOPED_TRACE(text);
        const auto time = parse_time_argument(text, kNow);
        ASSERT_FALSE(time);
        EXPECT_EQ(time.error().code(), ErrorCode::kInvalidArgument);
    }
}

}  // namespace
}  // namespace daybook::cli
