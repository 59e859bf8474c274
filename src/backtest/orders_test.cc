// Worked by hand: one bar of each kind of trouble.
#include "backtest/orders.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::kMinuteMs;
using testing::kStartMs;
using testing::minute_bars;

const Policy kStop = {FixedStop{.stop_pct = 0.2, .take_profit_pct = 1.0}};
const Policy kLadder = {Ladder{.levels = {{2, 0.5}, {3, 0.5}}, .stop_pct = {}}};

// Falls through the stop in bar 2, and goes on falling.
Bars falling() {
    return minute_bars({{1, 1, 1, 1}, {1, 1, 0.9, 1}, {1, 1, 0.7, 0.75}, {0.75, 0.75, 0.5, 0.6}});
}

ExecutionModel strict(double side_cost = 0) {
    return {.execution = Execution::kStrict, .interval_ms = kMinuteMs, .side_cost = side_cost};
}

Outcome trade(const Policy& policy, const Bars& bars, const OrderOptions& orders,
              double side_cost = 0) {
    return trade_call(policy, bars.view(), strict(side_cost), orders, "c1");
}

// A seed with which attempt 0 of the order `order` is rejected, and of no other is.
OrderOptions rejecting_only(std::int64_t order) {
    OrderOptions orders{.reject_rate = 0.3};
    for (orders.reject_seed = 0;; ++orders.reject_seed) {
        bool only = is_rejected(orders, "c1", order, 0);
        for (std::int64_t other = 0; other < 3; ++other) {
            for (std::int64_t attempt = 0; attempt < 3; ++attempt) {
                if (other == order && attempt == 0) continue;
                only = only && !is_rejected(orders, "c1", other, attempt);
            }
        }
        if (only) return orders;
    }
}

TEST(Orders, PlainOnesAreTheEngineItself) {
    const Bars bars = falling();
    const Outcome outcome = trade(kStop, bars, {}, 0.004);
    EXPECT_EQ(outcome.trade, execute(kStop, bars.view(), strict(0.004)));
    EXPECT_EQ(outcome.no_trade, std::nullopt);
}

TEST(Orders, ALateEntryBuysAtTheCloseOfItsBar) {
    const Bars bars = minute_bars({{1, 1, 1, 1}, {1, 1.3, 1, 1.25}, {1.25, 2.6, 1.25, 2.5}});
    const Trade late = *trade(kStop, bars, {.latency_bars = 1}).trade;
    EXPECT_DOUBLE_EQ(late.entry_px, 1.25);
    EXPECT_EQ(late.entry_ts_ms, kStartMs + 2 * kMinuteMs);
}

TEST(Orders, ALateSaleTakesTheCloseThatItMeets) {
    // Entered at bar 1 (1), stopped at bar 2, sold at bar 3's close.
    const Trade late = *trade(kStop, falling(), {.latency_bars = 1}).trade;
    EXPECT_EQ(late.exit_bar, 3u);
    EXPECT_DOUBLE_EQ(late.exit_px, 0.6);
    EXPECT_EQ(late.reason, ExitReason::kStopLoss);
    EXPECT_EQ(late.exit_ts_ms, kStartMs + 4 * kMinuteMs);
    EXPECT_DOUBLE_EQ(late.max_adverse_excursion_bps, -5000);
}

TEST(Orders, WhatActsAfterTheLastBarEndsWithTheData) {
    // Entered at bar 2 (0.75), stopped at bar 3; its order would act at bar 5.
    const Trade late = *trade(kStop, falling(), {.latency_bars = 2}).trade;
    EXPECT_EQ(late.reason, ExitReason::kEndOfData);
    EXPECT_DOUBLE_EQ(late.exit_px, 0.6);
    EXPECT_EQ(trade(kStop, falling(), {.latency_bars = 4}).no_trade, NoTrade::kNoBar);
}

TEST(Orders, ARejectedSaleIsTriedAgainAtTheNextClose) {
    const Outcome outcome = trade(kStop, falling(), rejecting_only(1));
    EXPECT_EQ(outcome.sales_rejected, 1);
    EXPECT_EQ(outcome.trade->exit_bar, 3u);
    EXPECT_DOUBLE_EQ(outcome.trade->exit_px, 0.6);
    EXPECT_EQ(outcome.trade->reason, ExitReason::kStopLoss);
}

TEST(Orders, ARejectedEntryIsNoTrade) {
    const Outcome outcome = trade(kStop, falling(), rejecting_only(0));
    EXPECT_EQ(outcome.trade, std::nullopt);
    EXPECT_EQ(outcome.no_trade, NoTrade::kRejected);
}

TEST(Orders, AFixedCostIsPaidForEveryOrder) {
    // Half at 2, half at 3: 2.5 for 1.  Of 100: 1 to buy, twice 1 to sell: 248 / 101.
    const Bars bars = minute_bars({{1, 1, 1, 1}, {1, 2, 1, 2}, {2, 3, 2, 3}});
    const OrderOptions orders{
        .cost_model = CostModel::kFixed, .fixed_cost = 1.0, .notional = 100.0};
    EXPECT_NEAR(trade(kLadder, bars, orders).trade->net_bps, (248.0 / 101 - 1) * 1e4, 1e-9);
}

TEST(Orders, AnOrderThatIsLargeForItsBarCostsMore) {
    // Bought for 100 in a bar that turned over 10,000: k/10 = 10 bps.  Sold for 80 at the stop, in
    // one that turned over 2,000 at its close: k/5 = 20 bps.
    Bars bars = falling();
    bars.volume = {10'000, 1, 2'000 / 0.75, 1};
    const OrderOptions orders{
        .cost_model = CostModel::kSqrtImpact, .notional = 100.0, .impact_k = 100.0};
    EXPECT_NEAR(trade(kStop, bars, orders).trade->net_bps,
                (0.8 * (1 - 0.002) / (1 + 0.001) - 1) * 1e4, 1e-9);
}

TEST(Orders, TheImpactIsClamped) {
    OrderOptions orders{.cost_model = CostModel::kSqrtImpact, .notional = 100.0, .impact_k = 100.0};
    EXPECT_DOUBLE_EQ(*impact_bps(orders, 100, 1e-6, 1), kImpactMaxBps);
    orders.impact_min_bps = 5.0;
    orders.impact_max_bps = 50.0;
    EXPECT_DOUBLE_EQ(*impact_bps(orders, 100, 1e9, 1), 5);
    EXPECT_DOUBLE_EQ(*impact_bps(orders, 100, 1e-6, 1), 50);
    EXPECT_DOUBLE_EQ(*impact_bps(orders, 100, 625, 1), 40);
}

TEST(Orders, ABarWithoutVolumeRejects) {
    const OrderOptions orders{
        .cost_model = CostModel::kSqrtImpact, .notional = 100.0, .impact_k = 0.0};
    Bars bars = falling();
    bars.volume = {1, 1, 0, 1};
    const Outcome later = trade(kStop, bars, orders);
    EXPECT_EQ(later.sales_rejected, 1);
    EXPECT_DOUBLE_EQ(later.trade->exit_px, 0.6);
    for (const double none : {0.0, std::numeric_limits<double>::quiet_NaN()}) {
        bars.volume[0] = none;
        EXPECT_EQ(trade(kStop, bars, orders).no_trade, NoTrade::kNoVolume);
    }
}

TEST(Orders, RejectionsHaveTheirRateAndHangOnTheCall) {
    const OrderOptions orders{.reject_rate = 0.25, .reject_seed = 3};
    OrderOptions other = orders;
    other.reject_seed = 4;
    int rejected = 0;
    int differ = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::string id = fmt::format("call-{}", i);
        rejected += is_rejected(orders, id, 0, 0) ? 1 : 0;
        differ += is_rejected(orders, id, 0, 0) != is_rejected(other, id, 0, 0) ? 1 : 0;
    }
    EXPECT_NEAR(rejected, 2'500, 130);  // three standard deviations
    EXPECT_NEAR(differ, 3'750, 150);
}

}  // namespace
}  // namespace daybook::backtest
