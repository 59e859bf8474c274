#include "backtest/market_calendar.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

constexpr Interval kMinute = kIntervals[2];
constexpr Interval kDay = kIntervals[7];
constexpr std::int64_t kDayMs = 86'400'000;

WindowSpec spec(Span hold, std::int64_t warm_up = 0, Span delay = Span::bars(0),
                std::int64_t longest = 0) {
    return {.max_hold = hold,
            .warm_up_bars = warm_up,
            .entry_delay = delay,
            .longest_hold_ms = longest};
}

// Days 0 1 2 . . 5 6 7: a week-end in between.
MarketCalendar week() {
    return MarketCalendar::observed(kDay,
                                    {0, kDayMs, 2 * kDayMs, 5 * kDayMs, 6 * kDayMs, 7 * kDayMs});
}

TEST(MarketCalendar, TheGridHasEveryBar) {
    const MarketCalendar grid = MarketCalendar::always(kMinute);
    Window window = grid.window(60'001, spec(Span::bars(3))).value();
    EXPECT_EQ(window, (Window{.begin_ms = 120'000,
                              .entry_ms = 120'000,
                              .last_ms = 240'000,
                              .end_ms = 300'000,
                              .bars = 3,
                              .wanted_bars = 3,
                              .missing_warm_up = 0,
                              .wait_ms = 59'999}));
    window.wait_ms = 0;
    EXPECT_EQ(grid.window(120'000, spec(Span::bars(3))), window);
}

TEST(MarketCalendar, TheGridGoesOnBelowTheEpoch) {
    const MarketCalendar grid = MarketCalendar::always(kMinute);
    EXPECT_EQ(grid.window(-60'001, spec(Span::bars(1)))->entry_ms, -60'000);
    EXPECT_EQ(grid.window(-59'999, spec(Span::bars(1)))->entry_ms, 0);
    EXPECT_TRUE(grid.has_bar(-60'000));
    EXPECT_FALSE(grid.has_bar(1));
}

TEST(MarketCalendar, ADurationIsRoundedUpToWholeBars) {
    const MarketCalendar grid = MarketCalendar::always(kMinute);
    EXPECT_EQ(grid.window(0, spec(Span::ms(60'000)))->bars, 1);
    EXPECT_EQ(grid.window(0, spec(Span::ms(60'001)))->bars, 2);
    EXPECT_EQ(grid.window(0, spec(Span::ms(1)))->bars, 1);
}

TEST(MarketCalendar, WarmUpBarsComeBeforeTheEntry) {
    const Window window =
        MarketCalendar::always(kMinute).window(600'000, spec(Span::bars(2), 3)).value();
    EXPECT_EQ(window.begin_ms, 420'000);
    EXPECT_EQ(window.entry_ms, 600'000);
    EXPECT_EQ(window.bars, 5);
}

TEST(MarketCalendar, AnEntryDelayCountsBarsOrTime) {
    EXPECT_EQ(week().window(kDayMs + 1, spec(Span::bars(1), 0, Span::bars(2)))->entry_ms,
              6 * kDayMs);
    EXPECT_EQ(week().window(kDayMs + 1, spec(Span::bars(1), 0, Span::ms(2 * kDayMs)))->entry_ms,
              5 * kDayMs);
}

TEST(MarketCalendar, ObservedBarsSkipTheWeekEnd) {
    const Window window = week().window(2 * kDayMs, spec(Span::bars(3))).value();
    EXPECT_EQ(window.last_ms, 6 * kDayMs);
    EXPECT_EQ(window.bars, 3);
    EXPECT_EQ(week().window(2 * kDayMs + 1, spec(Span::bars(1)))->entry_ms, 5 * kDayMs);
    EXPECT_EQ(week().window(2 * kDayMs, spec(Span::ms(3 * kDayMs)))->bars, 1);
    EXPECT_EQ(week().window(2 * kDayMs, spec(Span::ms(3 * kDayMs + 1)))->bars, 2);
}

TEST(MarketCalendar, AWindowBeyondTheLastBarIsCutAndSaysSo) {
    const Window window = week().window(6 * kDayMs, spec(Span::bars(4))).value();
    EXPECT_EQ(window.bars, 2);
    EXPECT_EQ(window.wanted_bars, 4);
    EXPECT_EQ(window.end_ms, 8 * kDayMs);
    EXPECT_EQ(week().window(6 * kDayMs, spec(Span::ms(4 * kDayMs)))->wanted_bars, 4);
    EXPECT_EQ(week().window(7 * kDayMs + 1, spec(Span::bars(1))), std::nullopt);
}

TEST(MarketCalendar, TheWaitIsForTheFirstBarNotForADelay) {
    EXPECT_EQ(week().window(2 * kDayMs + 1, spec(Span::bars(1)))->wait_ms, 3 * kDayMs - 1);
    EXPECT_EQ(week().window(kDayMs, spec(Span::bars(1), 0, Span::bars(2)))->wait_ms, 0);
    EXPECT_EQ(week().window(0, spec(Span::bars(1), 0, Span::ms(3 * kDayMs)))->wait_ms, 2 * kDayMs);
}

TEST(MarketCalendar, WarmUpBeforeTheFirstBarIsMissing) {
    const Window window = week().window(kDayMs, spec(Span::bars(1), 3)).value();
    EXPECT_EQ(window.begin_ms, 0);
    EXPECT_EQ(window.missing_warm_up, 2);
}

TEST(MarketCalendar, TheLongestHoldLengthensTheWindowToItsBar) {
    const MarketCalendar grid = MarketCalendar::always(kMinute);
    EXPECT_EQ(grid.window(0, spec(Span::bars(2), 0, Span::bars(0), 300'000))->last_ms, 300'000);
    EXPECT_EQ(grid.window(0, spec(Span::bars(9), 0, Span::bars(0), 300'000))->last_ms, 480'000);
    EXPECT_EQ(week().window(kDayMs, spec(Span::bars(1), 0, Span::bars(0), 2 * kDayMs))->last_ms,
              5 * kDayMs);
}

TEST(MarketCalendar, LateOrdersLengthenTheWindow) {
    const MarketCalendar grid = MarketCalendar::always(kMinute);
    const auto last_bar = [&](const MarketCalendar& calendar, std::int64_t call_ms, Span hold,
                              std::int64_t longest_hold_ms) {
        WindowSpec late = spec(hold, 0, Span::bars(0), longest_hold_ms);
        late.latency_bars = 2;
        return calendar.window(call_ms, late)->last_ms;
    };
    // As many bars after the entry as without; an order of the last one that a time stop needs
    // acts.
    EXPECT_EQ(last_bar(grid, 0, Span::bars(9), 0), 600'000);
    EXPECT_EQ(last_bar(grid, 0, Span::bars(2), 300'000), 540'000);
    // From Tuesday: entered on Friday, two days old on Monday at the latest, sold on Wednesday.
    EXPECT_EQ(last_bar(week(), kDayMs, Span::bars(1), kDayMs), 7 * kDayMs);
}

TEST(MarketCalendar, BarsBetweenCountsBothEnds) {
    EXPECT_EQ(week().bars_between(2 * kDayMs, 6 * kDayMs), 3);
    EXPECT_EQ(week().bars_between(3 * kDayMs, 4 * kDayMs), 0);
    EXPECT_EQ(MarketCalendar::always(kMinute).bars_between(0, 120'000), 3);
}

TEST(MarketCalendar, ABarEndsWhenTheNextBegins) {
    const auto shorter = MarketCalendar::observed(kDay, {0, kDayMs - 3'600'000});
    EXPECT_EQ(shorter.window(0, spec(Span::bars(1)))->end_ms, kDayMs - 3'600'000);
}

TEST(MarketCalendar, AnEmptyOneHasNoWindow) {
    const auto empty = MarketCalendar::observed(kDay, {});
    EXPECT_EQ(empty.window(0, spec(Span::bars(1))), std::nullopt);
    EXPECT_FALSE(empty.has_bar(0));
}

}  // namespace
}  // namespace daybook::backtest
