#include "backtest/interval.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

TEST(Interval, TheEightAreReadByName) {
    for (const Interval& interval : kIntervals) {
        EXPECT_EQ(parse_interval(interval.name).value(), interval);
    }
    EXPECT_EQ(parse_interval("4h").value().ms, 14'400'000);
}

TEST(Interval, AnythingElseIsRefused) {
    for (const char* name : {"", "2m", "1M", "1w", " 1m", "60s", "1"}) {
        const auto refused = parse_interval(name);
        ASSERT_FALSE(refused.has_value()) << name;
        EXPECT_EQ(
            refused.error().message(),
            fmt::format("interval: found '{}', expected one of 1s 15s 1m 5m 15m 1h 4h 1d", name));
    }
}

TEST(Span, NumbersAreBarsAndUnitsAreTime) {
    EXPECT_EQ(parse_span("1440").value(), Span::bars(1440));
    EXPECT_EQ(parse_span("0").value(), Span::bars(0));
    EXPECT_EQ(parse_span("500ms").value(), Span::ms(500));
    EXPECT_EQ(parse_span("90s").value(), Span::ms(90'000));
    EXPECT_EQ(parse_span("30m").value(), Span::ms(1'800'000));
    EXPECT_EQ(parse_span("24h").value(), Span::ms(86'400'000));
    EXPECT_EQ(parse_span("2d").value(), Span::ms(172'800'000));
}

TEST(Span, ItsTextReadsBack) {
    for (const Span span : {Span::bars(60), Span::ms(1), Span::ms(86'400'000)}) {
        EXPECT_EQ(parse_span(span.to_string()).value(), span);
    }
}

TEST(Span, AnythingElseIsRefused) {
    for (const char* text : {"", "h", "-1", "-5m", "1.5h", "1 h", "1w", "24H", "1h30m", "+3"}) {
        EXPECT_FALSE(parse_span(text).has_value()) << text;
    }
    EXPECT_EQ(parse_span("101000000").error().code(), ErrorCode::kLimit);
    EXPECT_EQ(parse_span("9000000000000000h").error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace daybook::backtest
