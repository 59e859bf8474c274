// Path metrics: what the price did after a call, whatever anyone would have traded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "backtest/bars.h"
#include "backtest/options.h"

namespace daybook::backtest {

struct PathMetrics {
    double p0 = 0;  // the anchor bar's close
    std::array<std::optional<std::int64_t>, 3>
        t_kx_ms;                          // open of the first bar to touch 2, 3, 4 x p0
    std::optional<double> peak_multiple;  // null if no bar was scanned
    std::optional<double> dd_bps;         // the same
    std::optional<double> dd_to_2x_bps;   // null if 2x was never touched
    std::optional<std::int64_t> alert_to_activity_ms;
    bool operator==(const PathMetrics&) const = default;
};

// Measures `bars`, of which the first is the anchor of a call at `alert_ts_ms`: classic scans it
// too, strict begins with the bar after it, because p0 is its close.  `activity_move` m: the first
// bar to reach p0 (1 + m) or p0 (1 - m) is the first activity.  There must be a bar, and its close
// must be finite and above 0.
PathMetrics measure_path(const BarsView& bars, std::int64_t alert_ts_ms, Execution execution,
                         double activity_move);

}  // namespace daybook::backtest
