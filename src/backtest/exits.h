// The engine in its parts, for those who lead a trade's orders one by one (see orders.h).
#pragma once

#include <cstddef>
#include <vector>

#include "backtest/bars.h"
#include "backtest/engine.h"
#include "backtest/policy.h"

namespace daybook::backtest {

// Where and how a position was closed.
struct Exit {
    std::size_t bar = 0;
    double price = 0;      // the fraction-weighted mean fill
    bool at_open = false;  // strict: the last fill was the bar's open
    ExitReason reason = ExitReason::kEndOfData;
};

// An order to sell, and where it fills if nothing is in its way.
struct ExitOrder {
    Exit fill;
    double fraction = 1;  // of the original position
};

// The orders that sell a position entered at the close of bars[0], in the order in which the policy
// sends them; their fractions sum to 1.  `policy` is no combo.  What is left when the bars end is
// an order too, its reason kEndOfData, and the last.
std::vector<ExitOrder> exit_orders(const Policy& policy, const BarsView& bars, Execution execution);

// The trade that ends so, by the costs of `model.side_cost` alone.
Trade settle(const Exit& exit, const BarsView& bars, const ExecutionModel& model);

// Whether a combo takes `challenger` instead of `best`, of which it comes later in the list.
bool wins(const Trade& challenger, const Trade& best, Execution execution);

}  // namespace daybook::backtest
