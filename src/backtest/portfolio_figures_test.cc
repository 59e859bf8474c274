#include "backtest/portfolio_figures.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/calendar.h"

namespace daybook::backtest {
namespace {

constexpr Interval kDaily{"1d", kDayMs};
constexpr std::int64_t kHourMs = 3'600'000;

EquityPoint point(std::int64_t ts_ms, double equity, double invested = 0) {
    return {.ts_ms = ts_ms, .cash = equity - invested, .invested = invested};
}

TEST(PortfolioFigures, ADrawdownIsFromTheHighestPeakBefore) {
    EXPECT_EQ(
        drawdowns(100, std::vector{point(1, 120), point(2, 90), point(3, 160), point(4, 120)}),
        (std::vector{0.0, 0.25, 0.0, 0.25}));
    EXPECT_EQ(drawdowns(100, std::vector{point(1, 75)}), std::vector{0.25});
    EXPECT_EQ(drawdowns(100, {}), std::vector<double>{});
}

TEST(PortfolioFigures, GrowthAYearNeedsThirtyDays) {
    EXPECT_EQ(cagr(100, 200, 29.99), std::nullopt);
    EXPECT_NEAR(*cagr(100, 121, 2 * 365.25), 0.1, 1e-12);
    EXPECT_EQ(cagr(100, 0, 400), -1);
}

TEST(PortfolioFigures, ADayEndsWithItsLastMarkAndMidnightBelongsToTheDayBefore) {
    const MarketCalendar calendar = MarketCalendar::always(kDaily);
    const std::vector<EquityPoint> curve = {point(kHourMs, 90), point(kDayMs, 110),
                                            point(kDayMs + kHourMs, 55), point(2 * kDayMs, 121)};
    const std::vector<double> returns = day_returns(100, curve, {calendar, kHourMs});
    ASSERT_EQ(returns.size(), 2u);
    EXPECT_NEAR(returns[0], 0.1, 1e-15);
    EXPECT_NEAR(returns[1], 0.1, 1e-15);
}

// Daily bars of one week that open at 05:00Z, the one of Friday closes on Saturday: no sixth day.
TEST(PortfolioFigures, ADaysBarBelongsToTheDayOnWhichItOpens) {
    const std::int64_t monday = 4 * kDayMs;  // 1970-01-05
    for (const std::int64_t hour : {0, 5}) {
        std::vector<std::int64_t> opens;
        std::vector<EquityPoint> curve;
        for (const std::int64_t day : {0, 1, 2, 3, 4, 7, 8}) {
            opens.push_back(monday + day * kDayMs + hour * kHourMs);
            curve.push_back(point(opens.back() + kDayMs, 100 + static_cast<double>(day)));
        }
        const MarketCalendar week = MarketCalendar::observed(kDaily, opens);
        EXPECT_EQ(day_returns(100, curve, {week, kDayMs}).size(), 7u) << hour;
    }
}

TEST(PortfolioFigures, ADayWithoutAMarkIsADayIfTheMarketIsOpen) {
    const std::vector<EquityPoint> curve = {point(kDayMs, 110), point(5 * kDayMs, 121)};
    EXPECT_EQ(day_returns(100, curve, {MarketCalendar::always(kDaily), kDayMs}).size(), 5u);
    const MarketCalendar week = MarketCalendar::observed(kDaily, {0, kDayMs, 4 * kDayMs});
    const std::vector<double> returns = day_returns(100, curve, {week, kDayMs});
    ASSERT_EQ(returns.size(), 3u);
    EXPECT_EQ(returns[1], 0);
    EXPECT_NEAR(returns[2], 0.1, 1e-15);
}

TEST(PortfolioFigures, NothingComesAfterRuin) {
    const std::vector<EquityPoint> curve = {point(kDayMs, 0), point(2 * kDayMs, 0)};
    EXPECT_EQ(day_returns(100, curve, {MarketCalendar::always(kDaily), kDayMs}), std::vector{-1.0});
}

// Worked by hand: mean 0.01, deviation sqrt((0.01² + 0 + 0.01²) / 2) = 0.01; sqrt(252) = 15.8745…
TEST(PortfolioFigures, SharpeIsTheMeanOverTheSampleDeviation) {
    EXPECT_NEAR(*sharpe_ratio(std::vector{0.0, 0.01, 0.02}, 252), std::sqrt(252), 1e-12);
    EXPECT_EQ(sharpe_ratio(std::vector{0.01}, 252), std::nullopt);
    EXPECT_EQ(sharpe_ratio(std::vector{0.5, 0.5}, 252), std::nullopt);
    // Their mean is 0.10000000000000002.
    EXPECT_EQ(sharpe_ratio(std::vector{0.1, 0.1, 0.1}, 252), std::nullopt);
    EXPECT_EQ(sharpe_ratio(std::vector{0.0, 0.0}, 252), std::nullopt);
    EXPECT_TRUE(sharpe_ratio(std::vector{0.1, 0.1, 0.1000001}, 252).has_value());
}

// Mean 0.005; downside sqrt((0.01² + 0.01²) / 4) = 0.00707…; their ratio 1 / sqrt(2).
TEST(PortfolioFigures, SortinoCountsLossesOnlyButAllDays) {
    EXPECT_NEAR(*sortino_ratio(std::vector{0.02, -0.01, 0.02, -0.01}, 1), 1 / std::sqrt(2), 1e-12);
    EXPECT_EQ(sortino_ratio(std::vector{0.02, 0.0}, 365), std::nullopt);
    EXPECT_EQ(sortino_ratio(std::vector{0.02, -1e-17}, 365), std::nullopt);
    EXPECT_EQ(sortino_ratio({}, 365), std::nullopt);
}

TEST(PortfolioFigures, TurnoverIsTheLesserSideOverTheMeanEquity) {
    const std::vector<Position> positions = {
        {.equity = 0, .cash = 0, .stake = 60, .units = 1, .proceeds = 90},
        {.equity = 0, .cash = 0, .stake = 40, .units = 1, .proceeds = 30}};
    const std::vector<EquityPoint> curve = {point(1, 100), point(2, 300)};
    EXPECT_DOUBLE_EQ(turnover(positions, curve, std::vector{1.0, 1.0}), 0.5);
    EXPECT_DOUBLE_EQ(turnover(positions, curve, std::vector{3.0, 1.0}), 100.0 / 150);
    EXPECT_EQ(turnover({}, {}, {}), 0);
}

TEST(PortfolioFigures, AMarkStandsForTheCalendarsBarsUntilTheNextOne) {
    const std::vector<EquityPoint> curve = {point(kDayMs, 100, 50), point(2 * kDayMs, 100),
                                            point(11 * kDayMs, 100, 100)};
    const MarketCalendar always = MarketCalendar::always(kDaily);
    const std::vector<double> weights = mark_weights(curve, {always, kDayMs});
    EXPECT_EQ(weights, (std::vector{1.0, 9.0, 1.0}));
    EXPECT_DOUBLE_EQ(exposure(curve, weights), 1.5 / 11);
    // Of the days between, the market was open on two.
    const MarketCalendar some =
        MarketCalendar::observed(kDaily, {0, kDayMs, 3 * kDayMs, 4 * kDayMs, 10 * kDayMs});
    EXPECT_EQ(mark_weights(curve, {some, kDayMs}), (std::vector{1.0, 3.0, 1.0}));
}

TEST(PortfolioFigures, AreTakenTogetherFromTheFirstEntryOn) {
    Simulation simulation;
    simulation.curve = {point(kDayMs, 100, 50), point(41 * kDayMs, 110)};
    const MarketCalendar always = MarketCalendar::always(kDaily);
    const PortfolioFigures figures = portfolio_figures(simulation, 100, {always, kDayMs}, 365);
    EXPECT_EQ(figures.days, 40);
    EXPECT_EQ(figures.day_returns, 41);
    EXPECT_DOUBLE_EQ(figures.exposure, 0.5 * 40 / 41);
    EXPECT_DOUBLE_EQ(figures.total_return, 110.0 / 100 - 1);
    EXPECT_EQ(figures.cagr, cagr(100, 110, 40));
    EXPECT_EQ(figures.sortino, std::nullopt);
}

TEST(PortfolioFigures, WithoutAMarkNothingHasHappened) {
    EXPECT_EQ(portfolio_figures({}, 100, {MarketCalendar::always(kDaily), kDayMs}, 365),
              (PortfolioFigures{.final_equity = 100}));
}

// By sums of powers instead of deviations.
RC_GTEST_PROP(PortfolioFiguresProperty, RatiosMatchTheTextbook, (std::vector<std::int8_t> draws)) {
    std::vector<double> returns;
    double sum = 0;
    double squares = 0;
    double losses = 0;
    for (const std::int8_t draw : draws) {
        const double value = draw / 1000.0;
        returns.push_back(value);
        sum += value;
        squares += value * value;
        losses += value < 0 ? value * value : 0;
    }
    const auto n = static_cast<double>(returns.size());
    const auto sharpe = sharpe_ratio(returns, 365);
    const double variance = n > 1 ? (squares - sum * sum / n) / (n - 1) : 0;
    if (variance > 1e-9) {
        RC_ASSERT(std::abs(*sharpe - sum / n / std::sqrt(variance) * std::sqrt(365)) < 1e-6);
    }
    const auto sortino = sortino_ratio(returns, 365);
    RC_ASSERT(sortino.has_value() == (losses > 0));
    if (sortino) RC_ASSERT(std::abs(*sortino - sum / n / std::sqrt(losses / n / 365)) < 1e-6);
}

}  // namespace
}  // namespace daybook::backtest
