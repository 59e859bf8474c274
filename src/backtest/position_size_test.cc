#include "backtest/position_size.h"

#include <gtest/gtest.h>

#include "backtest/engine.h"
#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

Policy policy(const char* json) { return parse_policy(json).value(); }

constexpr const char* kStop = R"({"kind":"fixed_stop","stopPct":0.2})";
constexpr const char* kHold = R"({"kind":"time_stop","maxHoldMs":60000})";
constexpr const char* kTrail = R"({"kind":"trailing_stop","activationPct":0.1,"trailPct":0.1})";

TEST(FirstStop, IsTheNearestThatActsFromTheEntryOn) {
    EXPECT_EQ(first_stop(policy(kStop)), 0.2);
    EXPECT_EQ(first_stop(policy(kHold)), std::nullopt);
    EXPECT_EQ(first_stop(policy(kTrail)), std::nullopt);
    EXPECT_EQ(first_stop(policy(R"({"kind":"trailing_stop","activationPct":0.1,"trailPct":0.1,)"
                                R"("hardStopPct":0.3})")),
              0.3);
    EXPECT_EQ(first_stop(policy(R"({"kind":"ladder","levels":[{"multiple":2,"fraction":1}],)"
                                R"("stopPct":0.4})")),
              0.4);
    const std::string combo = R"({"kind":"combo","policies":[)";
    EXPECT_EQ(first_stop(policy((combo + kHold + "," + kTrail + "]}").c_str())), std::nullopt);
    EXPECT_EQ(
        first_stop(policy(
            (combo + kHold + R"(,{"kind":"fixed_stop","stopPct":0.5},)" + kStop + "]}").c_str())),
        0.2);
}

const Bars kBars = testing::minute_bars({{10, 10, 10, 10}, {10, 12, 8, 9}});

TradingCosts impact(double k) {
    return {.side_cost = 0.003, .orders = {.cost_model = CostModel::kSqrtImpact, .impact_k = k}};
}
TradingCosts fixed(double amount) {
    return {.side_cost = 0.003, .orders = {.cost_model = CostModel::kFixed, .fixed_cost = amount}};
}

// The impact is 1 % for an order as large as the bar's turnover, 10.
TEST(OrderCost, IsTheFeeTheModelsShareAndItsFixedPart) {
    const BarsView bars = kBars.view();
    EXPECT_DOUBLE_EQ(order_cost({.side_cost = 0.004}, 100, bars, 0), 0.4);
    EXPECT_DOUBLE_EQ(order_cost(fixed(5), 100, bars, 0), 5.3);
    EXPECT_DOUBLE_EQ(order_cost(impact(100), 40, bars, 0), 40 * (0.003 + 0.02));
}

TEST(ValueFor, TheStakePaysForTheValueAndItsCosts) {
    const BarsView bars = kBars.view();
    for (const TradingCosts& costs :
         {TradingCosts{}, TradingCosts{.side_cost = 0.004}, fixed(5), impact(100), impact(1e6)}) {
        for (const double stake : {6.0, 100.0, 1e9}) {
            const double value = value_for(costs, stake, bars, 0);
            EXPECT_NEAR(value + order_cost(costs, value, bars, 0), stake, stake * 1e-12);
        }
    }
    EXPECT_EQ(value_for(fixed(5), 5, bars, 0), 0);
}

// What a stop of 20 % leaves of `stake`, by the orders themselves.
double lost(const TradingCosts& costs, double stake, const BarsView& bars) {
    const double sold = value_for(costs, stake, bars, 0) * 0.8;
    return stake - (sold - order_cost(costs, sold, bars, 0));
}

TEST(StakeAtRisk, TheStopLosesTheRiskCostsIncluded) {
    const BarsView bars = kBars.view();
    for (const TradingCosts& costs :
         {TradingCosts{}, TradingCosts{.side_cost = 0.004}, fixed(5), impact(100)}) {
        for (const double amount : {10.5, 100.0, 1e6}) {
            const double stake = stake_at_risk(costs, amount, 0.2, bars, 0);
            EXPECT_NEAR(lost(costs, stake, bars), amount, amount * 1e-12);
        }
    }
    EXPECT_EQ(stake_at_risk(fixed(5), 10, 0.2, bars, 0), 0);
}

// The engine's own trade is the reference.
TEST(StakeAtRisk, IsWhatTheEngineLosesWhereTheStopFillsAtItsLevel) {
    const Bars bars = testing::minute_bars({{1, 1, 1, 1}, {1, 1, 0.7, 0.9}});
    const Trade trade = execute(policy(kStop), bars.view(), {.side_cost = 0.004});
    EXPECT_NEAR(stake_at_risk({.side_cost = 0.004}, 1, 0.2, bars.view(), 0),
                -1 / (trade.net_bps / 1e4), 1e-12);
}

}  // namespace
}  // namespace daybook::backtest
