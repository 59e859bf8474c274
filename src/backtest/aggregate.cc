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

// Trades, a column a figure.
class Sample {
public:
    void add(const TradeOutcome& trade) {
        const bool stopped = is_stop(trade.reason);
        returns_.push_back(trade.net_bps);
        exposed_.push_back(static_cast<double>(trade.time_exposed_ms));
        adverse_.push_back(trade.mae_bps);
        if (!std::isnan(trade.tail_capture)) {
            tails_.push_back(trade.tail_capture);
            tails_above_0_.push_back(std::max(0.0, trade.tail_capture));
        }
        stops_ += stopped ? 1 : 0;
        losing_stops_ += stopped && trade.net_bps < 0 ? 1 : 0;
    }

    TradeAggregates aggregates() const {
        const auto total = static_cast<std::int64_t>(returns_.size());
        return {.trades = total,
                .mean_return_bps = mean(returns_),
                .median_return_bps = quantile(returns_, 0.5),
                .stop_out_rate = rate(stops_, total),
                .losing_stop_rate = rate(losing_stops_, total),
                .mean_time_exposed_ms = mean(exposed_),
                .mean_tail_capture = mean(tails_),
                .mean_tail_capture_above_0 = mean(tails_above_0_),
                .mean_mae_bps = mean(adverse_),
                .median_mae_bps = quantile(adverse_, 0.5),
                .p05_mae_bps = quantile(adverse_, 0.05)};
    }

private:
    std::vector<double> returns_;
    std::vector<double> exposed_;
    std::vector<double> tails_;
    std::vector<double> tails_above_0_;
    std::vector<double> adverse_;
    std::int64_t stops_ = 0;
    std::int64_t losing_stops_ = 0;
};

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

bool differ_by_rounding(std::span<const double> values, double deviation) {
    double largest = 0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    return !(deviation > kSpreadMin * largest);
}

std::optional<double> mean(std::span<const double> values) {
    if (values.empty()) return std::nullopt;
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

TradeAggregates aggregate(std::span<const Trade> trades) {
    Sample sample;
    for (const Trade& trade : trades) sample.add(compact(trade));
    return sample.aggregates();
}

TradeAggregates aggregate(std::span<const TradeOutcome> outcomes,
                          std::span<const std::size_t> calls) {
    Sample sample;
    for (const std::size_t call : calls) {
        if (outcomes[call].has_trade) sample.add(outcomes[call]);
    }
    return sample.aggregates();
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
