#include "backtest/order_options.h"

#include <limits>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

std::string refusal(const OrderOptions& options) {
    const Status checked = check_order_options(options);
    return checked ? "" : checked.error().message();
}

const OrderOptions kImpact = {
    .cost_model = CostModel::kSqrtImpact, .notional = 1000.0, .impact_k = 50.0};

TEST(OrderOptions, EachModelTakesItsOwnParameters) {
    EXPECT_EQ(refusal({}), "");
    EXPECT_EQ(refusal({.cost_model = CostModel::kFixed, .fixed_cost = 1.0, .notional = 100.0}), "");
    EXPECT_EQ(refusal({.cost_model = CostModel::kPercentage, .percentage = 0.4}), "");
    EXPECT_EQ(refusal(kImpact), "");
}

TEST(OrderOptions, AMissingParameterIsNamed) {
    EXPECT_EQ(refusal({.cost_model = CostModel::kFixed, .notional = 100.0}),
              "fixed-cost: not given, the cost model fixed needs an amount from 0");
    EXPECT_EQ(refusal({.cost_model = CostModel::kPercentage}),
              "percentage: not given, the cost model percentage needs 0 to 50 per cent");
    EXPECT_EQ(refusal({.cost_model = CostModel::kSqrtImpact, .impact_k = 1.0}),
              "notional: not given, the cost model sqrt-impact needs an amount above 0");
}

TEST(OrderOptions, AParameterOfAnotherModelIsRefused) {
    EXPECT_EQ(refusal({.percentage = 1.0}),
              "percentage: found '1', but the cost model bps has no use for it; leave it out");
    OrderOptions both = kImpact;
    both.fixed_cost = 1.0;
    EXPECT_EQ(refusal(both),
              "fixed-cost: found '1', but the cost model sqrt-impact has no use for it; leave it "
              "out");
}

TEST(OrderOptions, NumbersOutOfRangeAreRefused) {
    EXPECT_EQ(refusal({.latency_bars = -1}),
              "latency-bars: found '-1', expected a number of bars from 0 to 100000");
    for (const double rate : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_NE(refusal({.reject_rate = rate}), "") << rate;
    }
    OrderOptions crossed = kImpact;
    crossed.impact_min_bps = 20.0;
    crossed.impact_max_bps = 10.0;
    EXPECT_EQ(refusal(crossed), "impact-min-bps: found '20', expected at most impact-max-bps, 10");
    EXPECT_EQ(refusal({.cost_model = CostModel::kFixed, .fixed_cost = 60.0, .notional = 100.0}),
              "fixed-cost: found '60', expected at most half of the notional 100");
}

TEST(OrderOptions, NamesOfModelsReadBack) {
    for (const CostModel model :
         {CostModel::kBps, CostModel::kFixed, CostModel::kPercentage, CostModel::kSqrtImpact}) {
        EXPECT_EQ(parse_cost_model(to_string(model)).value(), model);
    }
    EXPECT_EQ(parse_cost_model("free").error().message(),
              "cost-model: found 'free', expected bps, fixed, percentage or sqrt-impact");
}

TEST(OrderOptions, WhatASideCostsHasTheFeeAndTheModelsShare) {
    EXPECT_DOUBLE_EQ(side_cost({}, 30, 10), 0.004);
    EXPECT_DOUBLE_EQ(side_cost({.cost_model = CostModel::kPercentage, .percentage = 0.5}, 30, 10),
                     0.008);
    EXPECT_DOUBLE_EQ(side_cost(kImpact, 30, 10), 0.003);
}

TEST(OrderOptions, SidesMustLeaveSomething) {
    EXPECT_TRUE(check_side_costs({}, 5'000, 4'999));
    EXPECT_EQ(check_side_costs({}, 5'001, 0).error().message(),
              "taker-fee-bps: found '5001', expected 0 to 5000 bps");
    EXPECT_EQ(check_side_costs({}, 5'000, 5'000).error().message(),
              "taker-fee-bps: found costs of 10000 bps a side in all, expected less than 10000: "
              "nothing would be left");
    const OrderOptions half{.cost_model = CostModel::kPercentage, .percentage = 50};
    EXPECT_FALSE(check_side_costs(half, 5'000, 0));
    EXPECT_TRUE(check_side_costs(half, 4'000, 0));
    const OrderOptions impact{.cost_model = CostModel::kSqrtImpact, .impact_max_bps = 6'000};
    EXPECT_FALSE(check_side_costs(impact, 4'000, 0));
}

}  // namespace
}  // namespace daybook::backtest
