// Orders against a second, straightforward implementation of docs/guide/backtests.md, on random
// bars: every cost model, late orders, rejected ones.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backtest/orders.h"
#include "backtest/reference_engine.h"
#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::bars_from;
using testing::kMinuteMs;
using testing::lead;
using testing::policies_of;
using testing::Sale;
using testing::Step;

constexpr double kFee = 0.003;
const std::string kCallId = "call";

std::vector<OrderOptions> order_options() {
    OrderOptions fixed{.cost_model = CostModel::kFixed, .fixed_cost = 2.0, .notional = 500.0};
    OrderOptions percentage{.cost_model = CostModel::kPercentage, .percentage = 0.4};
    OrderOptions impact{.cost_model = CostModel::kSqrtImpact,
                        .notional = 3.0,
                        .impact_k = 40.0,
                        .impact_min_bps = 15.0,
                        .impact_max_bps = 60.0};
    OrderOptions late{.latency_bars = 1};
    OrderOptions rejected{.reject_rate = 0.4, .reject_seed = 11};
    OrderOptions all = impact;
    all.latency_bars = 2;
    all.reject_rate = 0.2;
    OrderOptions later = fixed;
    later.latency_bars = 3;
    return {fixed, percentage, impact, late, rejected, all, later};
}

// Volumes from the steps; a fifth of the bars trades nothing.
Bars bars_with_volume(const std::vector<Step>& steps) {
    Bars bars = bars_from(steps);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        bars.volume[i + 1] = steps[i][1] % 5 == 0 ? 0 : steps[i][0] * 0.1;
    }
    return bars;
}

struct Expected {
    std::size_t bar = 0;
    std::int64_t exit_ts = 0;
    double exit_px = 0;
    double net = 0;
    bool ended = false;
    std::int64_t rejected = 0;
};

struct Case {
    const Bars& bars;  // from the entry on
    const OrderOptions& orders;
    bool strict;

    bool is_dry(std::size_t bar) const {
        return orders.cost_model == CostModel::kSqrtImpact && bars.volume[bar] <= 0;
    }
    // What one order of `value` entry notionals costs there, in entry notionals.
    double cost(std::size_t bar, double value) const {
        switch (orders.cost_model) {
            case CostModel::kBps: return value * (kFee + 0.001);
            case CostModel::kPercentage: return value * (kFee + *orders.percentage * 0.01);
            case CostModel::kFixed: return value * kFee + *orders.fixed_cost / *orders.notional;
            case CostModel::kSqrtImpact: break;
        }
        double bps = *orders.impact_max_bps;
        if (bars.volume[bar] > 0) {
            const double traded = bars.volume[bar] * bars.close[bar];
            bps = *orders.impact_k * std::sqrt(value * *orders.notional / traded);
            bps = std::min(std::max(bps, *orders.impact_min_bps), *orders.impact_max_bps);
        }
        return value * (kFee + bps / 1e4);
    }
};

// Every sale is led on its own: sent, late, rejected, tried again, at last closed with the bars.
Expected one_policy(const Case& c, const Policy& policy) {
    const testing::Position position = lead(policy, c.bars, c.strict);
    Expected out;
    double proceeds = 0;
    double fractions = 0;
    double cost_shares = 0;
    const std::size_t last = c.bars.size() - 1;
    for (std::size_t k = 0; k < position.sales.size(); ++k) {
        Sale sale = position.sales[k];
        const bool valued = position.reason == "end_of_data" && k + 1 == position.sales.size();
        std::int64_t attempt = 0;
        std::size_t bar = sale.bar + static_cast<std::size_t>(c.orders.latency_bars);
        while (!valued && bar <= last &&
               (c.is_dry(bar) ||
                is_rejected(c.orders, kCallId, static_cast<std::int64_t>(k) + 1, attempt))) {
            ++bar;
            ++attempt;
            ++out.rejected;
        }
        const bool closed = bar > last;
        if (valued || closed) {
            out.ended = true;
            bar = last;
        }
        if (bar != sale.bar || closed) {
            sale.price = c.bars.close[bar];
            sale.at_open = false;
        }
        const double value = sale.fraction * sale.price / position.entry();
        const double cost = c.cost(bar, value);
        proceeds += value - cost;
        // classic charges shares of what was bought, not of what it has become.
        const double fixed = c.orders.cost_model == CostModel::kFixed
                                 ? *c.orders.fixed_cost / *c.orders.notional
                                 : 0;
        cost_shares += (cost - fixed) / value * sale.fraction + fixed;
        fractions += sale.fraction;
        out.exit_px += sale.fraction * sale.price;
        out.bar = std::max(out.bar, bar);
        out.exit_ts =
            std::max(out.exit_ts, c.bars.ts[bar] + (c.strict && !sale.at_open ? kMinuteMs : 0));
    }
    out.exit_px /= fractions;
    const double bought = c.cost(0, 1);
    out.net = c.strict ? (proceeds / (1 + bought) - 1) * 1e4
                       : (out.exit_px / position.entry() - 1 - bought - cost_shares) * 1e4;
    return out;
}

Expected reference(const Case& c, const Policy& policy) {
    const auto* combo = std::get_if<Combo>(&policy.kind);
    if (combo == nullptr) return one_policy(c, policy);
    std::vector<Expected> all;
    for (const Policy& part : combo->policies) all.push_back(reference(c, part));
    const auto rank = [&](const Expected& e) {
        return c.strict ? std::tuple(e.bar, e.exit_ts, e.ended, e.net)
                        : std::tuple(e.bar, std::int64_t{0}, false, 0.0);
    };
    return *std::min_element(all.begin(), all.end(),
                             [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

Bars from(const Bars& bars, std::size_t first) {
    Bars out;
    for (std::size_t i = first; i < bars.size(); ++i) {
        out.push(bars.ts[i], bars.open[i], bars.high[i], bars.low[i], bars.close[i],
                 bars.volume[i]);
    }
    return out;
}

Outcome outcome_of(const Policy& policy, const Bars& bars, const OrderOptions& orders,
                   bool strict) {
    const ExecutionModel model{.execution = strict ? Execution::kStrict : Execution::kClassic,
                               .interval_ms = kMinuteMs,
                               .side_cost = side_cost(orders, kFee * 1e4, 10)};
    return trade_call(policy, bars.view(), model, orders, kCallId);
}

void expect_same(const Policy& policy, const Bars& bars, const OrderOptions& orders, bool strict) {
    const Outcome outcome = outcome_of(policy, bars, orders, strict);
    const auto entry = static_cast<std::size_t>(orders.latency_bars);
    if (entry >= bars.size()) {
        RC_ASSERT(outcome.no_trade == NoTrade::kNoBar);
        return;
    }
    const Bars held = from(bars, entry);
    const Case c{held, orders, strict};
    if (is_rejected(orders, kCallId, 0, 0)) {
        RC_ASSERT(outcome.no_trade == NoTrade::kRejected);
        return;
    }
    if (c.is_dry(0)) {
        RC_ASSERT(outcome.no_trade == NoTrade::kNoVolume);
        return;
    }
    const Expected expected = reference(c, policy);
    RC_ASSERT(outcome.trade.has_value());
    const Trade& trade = *outcome.trade;
    const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-7; };
    RC_ASSERT(trade.exit_bar == expected.bar + entry);
    RC_ASSERT((trade.reason == ExitReason::kEndOfData) == expected.ended);
    RC_ASSERT(same(trade.exit_px, expected.exit_px));
    RC_ASSERT(same(trade.net_bps, expected.net));
    RC_ASSERT(outcome.sales_rejected == expected.rejected);
    const std::int64_t entry_ts = held.ts[0] + (strict ? kMinuteMs : 0);
    RC_ASSERT(trade.entry_ts_ms == entry_ts);
    RC_ASSERT(trade.exit_ts_ms == std::max(expected.exit_ts, entry_ts));
}

class OrdersReference : public ::testing::TestWithParam<const char*> {};

// 100 series of bars, by at least 20 policies, seven ways of orders and two executions.
TEST_P(OrdersReference, AgreesInTenThousandCases) {
    const std::vector<Policy> policies = policies_of(GetParam());
    int cases = 0;
    const bool ok = rc::check([&](const std::vector<Step>& steps) {
        const Bars bars = bars_with_volume(steps);
        for (const Policy& policy : policies) {
            for (const OrderOptions& orders : order_options()) {
                for (const bool strict : {true, false}) {
                    expect_same(policy, bars, orders, strict);
                    ++cases;
                }
            }
        }
    });
    EXPECT_TRUE(ok);
    // Under a sanitizer each property is tried less often.
    if (std::getenv("RC_PARAMS") == nullptr) {
        EXPECT_GE(cases, 10'000);
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, OrdersReference,
                         ::testing::Values("fixed_stop", "time_stop", "trailing_stop", "ladder",
                                           "combo"));

// Whatever comes after the exit bar, a strict trade stays as it is; the orders that were late or
// rejected included.
RC_GTEST_PROP(OrdersInvariants, StrictNeverLooksAhead,
              (const std::vector<Step>& steps, const std::vector<Step>& other)) {
    const Bars bars = bars_with_volume(steps);
    for (const char* kind : {"fixed_stop", "time_stop", "trailing_stop", "ladder", "combo"}) {
        for (const Policy& policy : policies_of(kind)) {
            for (const OrderOptions& orders : order_options()) {
                const Outcome outcome = outcome_of(policy, bars, orders, true);
                if (!outcome.trade || outcome.trade->reason == ExitReason::kEndOfData) continue;
                std::vector<Step> changed(
                    steps.begin(),
                    steps.begin() + static_cast<std::ptrdiff_t>(outcome.trade->exit_bar));
                changed.insert(changed.end(), other.begin(), other.end());
                Bars later = bars_with_volume(changed);
                RC_ASSERT(outcome_of(policy, later, orders, true) == outcome);
            }
        }
    }
}

}  // namespace
}  // namespace daybook::backtest
