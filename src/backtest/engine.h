// The policy engine: one policy, one call, its bars; out comes one trade.
//
//   anchor bar (bars[0])     scanned bars                                    exit bar
//   ───────────────┐ ┌──────────────────────────────────────────────┐ ┌──────────────────┐
//         close ●──┘ │ classic scans the anchor bar as well         │ │ fill: at the     │
//         = entry    │ strict begins with the bar after it          │ │ open, the level, │
//                    └──────────────────────────────────────────────┘ │ or the close     │
//                                                                     └──────────────────┘
// Pure functions of plain data; safe to call from all threads.  The rules are in
// docs/guide/backtests.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "backtest/bars.h"
#include "backtest/options.h"
#include "backtest/policy.h"

namespace daybook::backtest {

// A price touches a level also when it misses it by no more than this, relative to the level:
// 0.7 * (1 - 0.2) is not 0.56 in doubles.
inline constexpr double kTouchTolerance = 1e-12;

enum class ExitReason : std::uint8_t {
    kStopLoss,
    kTakeProfit,
    kTimeStop,
    kTrailingStop,
    kHardStop,
    kLadderComplete,
    kEndOfData,
};
std::string_view to_string(ExitReason reason);  // "stop_loss", …
// stop_loss, hard_stop and trailing_stop: a price ended the trade.  A time_stop is none of them.
bool is_stop(ExitReason reason);

struct ExecutionModel {
    Execution execution = Execution::kStrict;
    std::int64_t interval_ms = 60'000;
    // Taker fee and slippage of one side, as a fraction; 40 bps is 0.004.
    double side_cost = 0;
};

struct Trade {
    double net_bps = 0;
    double gross_bps = 0;
    bool stop_out = false;
    double max_adverse_excursion_bps = 0;  // <= 0
    std::int64_t time_exposed_ms = 0;      // >= 0
    std::optional<double> tail_capture;    // <= 1
    std::int64_t entry_ts_ms = 0;
    std::int64_t exit_ts_ms = 0;
    double entry_px = 0;
    double exit_px = 0;  // the fraction-weighted mean fill
    ExitReason reason = ExitReason::kEndOfData;
    std::size_t exit_bar = 0;  // index into the bars
    bool operator==(const Trade&) const = default;
};

// Enters at the close of bars[0] and follows `policy` until it exits or the bars end.  There must
// be a bar, and that close must be finite and above 0.
Trade execute(const Policy& policy, const BarsView& bars, const ExecutionModel& model);

}  // namespace daybook::backtest
