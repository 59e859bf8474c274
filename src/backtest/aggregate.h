// Figures over many trades or paths.  Sums run in the order given, so that the same rows give the
// same bits whatever computed them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backtest/engine.h"
#include "backtest/outcomes.h"
#include "backtest/path_metrics.h"

namespace daybook::backtest {

// Quantile of type 7 (Hyndman and Fan, "Sample quantiles in statistical packages", 1996): linear
// between the order statistics, as DuckDB's quantile_cont and NumPy's default.  nullopt for no
// values; `q` in [0, 1].
std::optional<double> quantile(std::vector<double> values, double q);
std::optional<double> mean(std::span<const double> values);

// Values of which a deviation is below this share of the largest differ by rounding alone, as fills
// at one level of different entries do: a ratio to such a deviation is noise.
inline constexpr double kSpreadMin = 1e-12;
bool differ_by_rounding(std::span<const double> values, double deviation);

// Means and quantiles are null where there is no trade.
struct TradeAggregates {
    std::int64_t trades = 0;
    std::optional<double> mean_return_bps;  // net, as all returns
    std::optional<double> median_return_bps;
    std::optional<double> stop_out_rate;
    std::optional<double> losing_stop_rate;  // a stop reason and a net return below 0
    std::optional<double> mean_time_exposed_ms;
    std::optional<double> mean_tail_capture;  // of those that have one
    // The mean of max(0, tail capture), of those that have one: what a score rewards.
    std::optional<double> mean_tail_capture_above_0;
    std::optional<double> mean_mae_bps;
    std::optional<double> median_mae_bps;
    std::optional<double> p05_mae_bps;
    bool operator==(const TradeAggregates&) const = default;
};
TradeAggregates aggregate(std::span<const Trade> trades);
// Of the calls with these indices, in this order; those without a trade are left out.  `outcomes`
// is what one policy made of all calls.
TradeAggregates aggregate(std::span<const TradeOutcome> outcomes,
                          std::span<const std::size_t> calls);

struct PathAggregates {
    std::int64_t paths = 0;  // measured ones
    std::optional<double> hit_2x_rate;
    std::optional<double> hit_3x_rate;
    std::optional<double> hit_4x_rate;
    std::optional<double> median_peak_multiple;
    std::optional<double> median_dd_bps;
    std::optional<double> median_dd_to_2x_bps;
    std::optional<double> median_alert_to_activity_ms;
    bool operator==(const PathAggregates&) const = default;
};
PathAggregates aggregate(std::span<const PathMetrics> paths);

}  // namespace daybook::backtest
