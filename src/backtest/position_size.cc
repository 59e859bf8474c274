#include "backtest/position_size.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "backtest/orders.h"

namespace daybook::backtest {
namespace {

std::optional<double> stop_of(const FixedStop& policy) { return policy.stop_pct; }
std::optional<double> stop_of(const TimeStop&) { return std::nullopt; }
std::optional<double> stop_of(const TrailingStop& policy) { return policy.hard_stop_pct; }
std::optional<double> stop_of(const Ladder& policy) { return policy.stop_pct; }
std::optional<double> stop_of(const Combo& combo) {
    std::optional<double> nearest;
    for (const Policy& part : combo.policies) {
        const std::optional<double> stop = first_stop(part);
        if (stop) nearest = std::min(nearest.value_or(*stop), *stop);
    }
    return nearest;
}

double fixed_cost(const TradingCosts& costs) {
    return costs.orders.cost_model == CostModel::kFixed ? *costs.orders.fixed_cost : 0;
}

// As a fraction of the value.
double rate(const TradingCosts& costs, double value, const BarsView& bars, std::size_t bar) {
    return costs.side_cost + impact_share(costs.orders, value, bars.volume[bar], bars.close[bar]);
}

// The v for which v = next(v), which halves the error of a guess at least: impact grows with the
// root of the value.  Without impact the first step is there.
double settle_on(double guess, const auto& next) {
    constexpr int kStepsMax = 64;
    double value = guess;
    for (int step = 0; step < kStepsMax; ++step) {
        const double before = std::exchange(value, next(value));
        if (value == before) break;
    }
    return value;
}

}  // namespace

std::optional<double> first_stop(const Policy& policy) {
    return std::visit([](const auto& kind) { return stop_of(kind); }, policy.kind);
}

bool costs_hang_on_value(const OrderOptions& orders) {
    return orders.cost_model == CostModel::kFixed || orders.cost_model == CostModel::kSqrtImpact;
}

double order_cost(const TradingCosts& costs, double value, const BarsView& bars, std::size_t bar) {
    return value * rate(costs, value, bars, bar) + fixed_cost(costs);
}

double value_for(const TradingCosts& costs, double stake, const BarsView& bars, std::size_t bar) {
    const double left = stake - fixed_cost(costs);
    if (!(left > 0)) return 0;
    return settle_on(left,
                     [&](double value) { return left / (1 + rate(costs, value, bars, bar)); });
}

double stake_at_risk(const TradingCosts& costs, double amount, double stop, const BarsView& bars,
                     std::size_t bar) {
    const double left = amount - 2 * fixed_cost(costs);
    if (!(left > 0)) return 0;
    const double value = settle_on(left, [&](double bought) {
        const double sold = bought * (1 - stop);
        return left / (1 + rate(costs, bought, bars, bar) -
                       (1 - stop) * (1 - rate(costs, sold, bars, bar)));
    });
    return value + order_cost(costs, value, bars, bar);
}

}  // namespace daybook::backtest
