// How large a position may be.  Pure functions; safe to call from all threads.
#pragma once

#include <optional>

#include "backtest/policy.h"
#include "base/result.h"

namespace daybook::backtest {

// How far below the entry price the policy's stop lies at first, as a fraction of it; nullopt if it
// has none.  Of a combo's stops the nearest counts, because the earliest exit wins.  A trailing
// stop without a hard stop has none: it acts once the price has risen.
std::optional<double> first_stop(const Policy& policy);

// What is lost of a stake when a stop `stop` below the entry fills at its level, with costs of
// `side_cost` a side: 1 - (1 - stop)(1 - side_cost) / (1 + side_cost).
double loss_at_stop(double stop, double side_cost);

// Of the equity, what one position costs: `fraction`, or less, so that a stop which fills at its
// level loses no more than `risk` of the equity.  A bar that opens below the stop loses more.  A
// risk for a policy without a stop is kInvalidArgument.
Result<double> position_fraction(double fraction, const std::optional<double>& risk,
                                 const Policy& policy, double side_cost);

}  // namespace daybook::backtest
