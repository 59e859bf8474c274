#include "backtest/aggregate.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace daybook::backtest {
namespace {

std::optional<double> rate(std::int64_t count, std::int64_t total) {
    if (total == 0) return std::nullopt;
    return static_cast<double>(count) / static_cast<double>(total);
}

}  // namespace

std::optional<double> quantile(std::vector<double> values, double q) {
    DAYBOOK_CHECK(q >= 0 && q <= 1);
    if (values.empty()) return std::nullopt;
    const double position = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(position));
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(below);
    std::nth_element(values.begin(), nth, values.end());
    const double low = *nth;
    if (below + 1 == values.size()) return low;
    const double high = *std::min_element(nth + 1, values.end());
    return low + (high - low) * (position - static_cast<double>(below));
}

std::optional<double> mean(std::span<const double> values) {
    if (values.empty()) return std::nullopt;
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

TradeAggregates aggregate(std::span<const Trade> trades) {
    std::vector<double> returns;
    std::vector<double> exposed;
    std::vector<double> tails;
    std::vector<double> adverse;
    std::int64_t stops = 0;
    std::int64_t losing_stops = 0;
    for (const Trade& trade : trades) {
        returns.push_back(trade.net_bps);
        exposed.push_back(static_cast<double>(trade.time_exposed_ms));
        adverse.push_back(trade.max_adverse_excursion_bps);
        if (trade.tail_capture) tails.push_back(*trade.tail_capture);
        stops += trade.stop_out ? 1 : 0;
        losing_stops += trade.stop_out && trade.net_bps < 0 ? 1 : 0;
    }
    const auto total = static_cast<std::int64_t>(trades.size());
    return {.trades = total,
            .mean_return_bps = mean(returns),
            .median_return_bps = quantile(returns, 0.5),
            .stop_out_rate = rate(stops, total),
            .losing_stop_rate = rate(losing_stops, total),
            .mean_time_exposed_ms = mean(exposed),
            .mean_tail_capture = mean(tails),
            .mean_mae_bps = mean(adverse),
            .median_mae_bps = quantile(adverse, 0.5),
            .p05_mae_bps = quantile(adverse, 0.05)};
}

PathAggregates aggregate(std::span<const PathMetrics> paths) {
    std::vector<double> peaks;
    std::vector<double> drawdowns;
    std::vector<double> drawdowns_to_2x;
    std::vector<double> activity;
    std::array<std::int64_t, 3> hits{};
    for (const PathMetrics& path : paths) {
        for (std::size_t k = 0; k < hits.size(); ++k) hits[k] += path.t_kx_ms[k] ? 1 : 0;
        if (path.peak_multiple) peaks.push_back(*path.peak_multiple);
        if (path.dd_bps) drawdowns.push_back(*path.dd_bps);
        if (path.dd_to_2x_bps) drawdowns_to_2x.push_back(*path.dd_to_2x_bps);
        if (path.alert_to_activity_ms) {
            activity.push_back(static_cast<double>(*path.alert_to_activity_ms));
        }
    }
    const auto total = static_cast<std::int64_t>(paths.size());
    return {.paths = total,
            .hit_2x_rate = rate(hits[0], total),
            .hit_3x_rate = rate(hits[1], total),
            .hit_4x_rate = rate(hits[2], total),
            .median_peak_multiple = quantile(peaks, 0.5),
            .median_dd_bps = quantile(drawdowns, 0.5),
            .median_dd_to_2x_bps = quantile(drawdowns_to_2x, 0.5),
            .median_alert_to_activity_ms = quantile(activity, 0.5)};
}

}  // namespace daybook::backtest
