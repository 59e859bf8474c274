// A position out of a purse against the trade that it comes from, on random bars: every kind of
// policy, every cost model, late orders, rejected ones.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backtest/portfolio.h"
#include "backtest/reference_engine.h"
#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::bars_from;
using testing::kMinuteMs;
using testing::policies_of;
using testing::Step;

constexpr double kCapital = 1000;
constexpr double kFee = 0.003;

std::vector<OrderOptions> order_options() {
    OrderOptions fixed{.cost_model = CostModel::kFixed, .fixed_cost = 0.01};
    OrderOptions impact{.cost_model = CostModel::kSqrtImpact,
                        .impact_k = 40.0,
                        .impact_min_bps = 15.0,
                        .impact_max_bps = 600.0};
    OrderOptions late{.latency_bars = 1};
    OrderOptions all = impact;
    all.latency_bars = 2;
    all.reject_rate = 0.4;
    all.reject_seed = 11;
    return {{}, fixed, impact, late, all};
}

// The policy alone, bought for as much as the whole purse pays for.
void expect_same(const Policy& policy, const BarsView& bars, const OrderOptions& orders) {
    const TradingCosts costs{.side_cost = kFee, .orders = orders};
    const auto entry = static_cast<std::size_t>(orders.latency_bars);
    if (entry >= bars.size) return;
    OrderOptions alone = orders;
    if (costs_hang_on_value(orders)) alone.notional = value_for(costs, kCapital, bars, entry);
    const ExecutionModel model{.interval_ms = kMinuteMs, .side_cost = kFee};
    const FilledOutcome filled = trade_call_with_fills(policy, bars, model, alone, "call");
    RC_ASSERT(filled.outcome == trade_call(policy, bars, model, alone, "call"));
    RC_ASSERT(filled.outcome.trade.has_value() == !filled.fills.empty());
    if (!filled.outcome.trade) return;
    const Trade& trade = *filled.outcome.trade;
    const BarsView held = bars.slice(entry, bars.size);
    const Candidate candidate{.entry_ts_ms = trade.entry_ts_ms,
                              .entry_px = trade.entry_px,
                              .sales = sales_of(filled.fills, entry, held, kMinuteMs),
                              .bars = held};
    std::int64_t last_ms = 0;
    for (const Sale& sale : candidate.sales) last_ms = std::max(last_ms, sale.ts_ms);
    RC_ASSERT(last_ms == trade.exit_ts_ms);
    const Simulation simulation =
        simulate(std::vector{candidate}, {},
                 {.rules = {.initial_capital = kCapital, .fraction = 1}, .costs = costs});
    const Position& position = simulation.positions[0];
    RC_ASSERT(std::abs(position.pnl() / position.stake - trade.net_bps / 1e4) < 1e-9);
}

class PortfolioReference : public ::testing::TestWithParam<const char*> {};

TEST_P(PortfolioReference, APositionReturnsWhatItsTradeDoesAtItsSize) {
    const std::vector<Policy> policies = policies_of(GetParam());
    EXPECT_TRUE(rc::check([&](const std::vector<Step>& steps) {
        const Bars bars = bars_from(steps);
        for (const Policy& policy : policies) {
            for (const OrderOptions& orders : order_options()) {
                expect_same(policy, bars.view(), orders);
            }
        }
    }));
}

INSTANTIATE_TEST_SUITE_P(Kinds, PortfolioReference,
                         ::testing::Values("fixed_stop", "time_stop", "trailing_stop", "ladder",
                                           "combo"));

}  // namespace
}  // namespace daybook::backtest
