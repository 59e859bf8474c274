// How large a position may be, and what its orders cost.  Pure functions; safe to call from all
// threads.
#pragma once

#include <cstddef>
#include <optional>

#include "backtest/bars.h"
#include "backtest/order_options.h"
#include "backtest/policy.h"

namespace daybook::backtest {

// How far below the entry price the policy's stop lies at first, as a fraction of it; nullopt if it
// has none.  Of a combo's stops the nearest counts, because the earliest exit wins.  A trailing
// stop without a hard stop has none: it acts once the price has risen.
std::optional<double> first_stop(const Policy& policy);

// What orders cost, each by its own value: a portfolio's positions differ in size, so that the
// notional of `orders` does not matter here.
struct TradingCosts {
    // Fee, and the model's part that is the same for every order, as a fraction of the value.
    double side_cost = 0;
    OrderOptions orders{};
};

// Whether an order's cost is another share of a larger value: fixed costs, and market impact.
bool costs_hang_on_value(const OrderOptions& orders);

// What an order of `value` (quote currency, >= 0) costs beside it, in bar `bar`; an amount, >= 0.
double order_cost(const TradingCosts& costs, double value, const BarsView& bars, std::size_t bar);

// The value of the order that `stake` pays for at bar `bar`, its costs included: the v for which
// v + order_cost(v) is the stake.  0 if the stake does not exceed the fixed cost.
double value_for(const TradingCosts& costs, double stake, const BarsView& bars, std::size_t bar);

// The stake, paid at bar `bar`, of which a stop `stop` below the entry, (0, 1], loses `amount` if
// it fills at its level, costs of both orders included.  0 if the costs alone exceed the amount.
// The market impact of the sale is taken to be that of the entry's bar: no later one is known then.
double stake_at_risk(const TradingCosts& costs, double amount, double stop, const BarsView& bars,
                     std::size_t bar);

}  // namespace daybook::backtest
