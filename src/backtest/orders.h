// One call, one policy, and what becomes of its orders.
//
//   call ── buy ──▶ rejected, no volume, or no bar left: no trade
//            │ latency
//            ▼
//          entry ── the policy scans ──▶ trigger ── sell ──▶ rejected: again at the next bar
//                                                    │ latency
//                                                    ▼
//                                                   fill
//
// Pure functions of plain data; safe to call from all threads.  The rules are in
// docs/guide/backtests.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "backtest/bars.h"
#include "backtest/engine.h"
#include "backtest/order_options.h"
#include "backtest/policy.h"

namespace daybook::backtest {

// Why a call was not bought.
enum class NoTrade {
    kRejected,  // by chance
    kNoVolume,  // its bar traded nothing, or it is not known
    kNoBar,     // the bars end before the order acts
};

struct Outcome {
    std::optional<Trade> trade{};
    std::optional<NoTrade> no_trade{};  // set where there is no trade
    std::int64_t sales_rejected = 0;    // attempts of the orders that sold
    bool operator==(const Outcome&) const = default;
};

// A sale of a part of a position, and where it filled.
struct Fill {
    std::size_t bar = 0;  // index into the bars
    double price = 0;
    bool at_open = false;  // filled by the bar's open, else later in it
    double fraction = 1;   // of the original position
    bool operator==(const Fill&) const = default;
};

// As execute(), with the orders as `orders` says; plain ones are execute() itself.  The options
// must be ones that check_order_options() takes, and `call_id` the call's own: the draws hang on
// it.  The trade's exit_bar is an index into `bars`.
Outcome trade_call(const Policy& policy, const BarsView& bars, const ExecutionModel& model,
                   const OrderOptions& orders, std::string_view call_id);

// The same, and the sales that the trade consists of, in the order of the policy's orders: a late
// or rejected one may fill after its successors.  Their fractions sum to 1; none if there is no
// trade.
struct FilledOutcome {
    Outcome outcome;
    std::vector<Fill> fills;
};
FilledOutcome trade_call_with_fills(const Policy& policy, const BarsView& bars,
                                    const ExecutionModel& model, const OrderOptions& orders,
                                    std::string_view call_id);

// The slippage of an order of `value` (quote currency) in a bar that traded `volume` (units of the
// asset) and closed at `close`: k·sqrt(value / (volume·close)), clamped.  It is the square-root law
// of market impact (Almgren, Thum, Hauptmann and Li, "Direct estimation of equity market impact",
// 2005, who find the power 0.6; Tóth et al., "Anomalous price impact", Phys. Rev. X, 2011: 0.5).
// nullopt if the volume is 0 or not known.
std::optional<double> impact_bps(const OrderOptions& orders, double value, double volume,
                                 double close);

// What an order costs beside the fee by the impact model, as a fraction of its value: impact_bps(),
// or its bound where the volume is not known.  0 for the other models.
double impact_share(const OrderOptions& orders, double value, double volume, double close);

// Whether attempt `attempt` of a call's order number `order` is rejected: the order 0 buys, those
// from 1 on sell.  XXH3 of "seed:order:attempt:call_id", its upper 53 bits as a fraction, is below
// the rate.  All policies meet the same draws, so that they can be compared.
bool is_rejected(const OrderOptions& orders, std::string_view call_id, std::int64_t order,
                 std::int64_t attempt);

}  // namespace daybook::backtest
