#include "backtest/trial.h"

#include <algorithm>
#include <cmath>

namespace daybook::backtest {
namespace {

constexpr double kHourMs = 3'600'000;

bool dominates(const TradeAggregates& a, const TradeAggregates& b) {
    const bool no_worse = *a.mean_return_bps >= *b.mean_return_bps &&
                          *a.median_mae_bps >= *b.median_mae_bps &&
                          *a.stop_out_rate <= *b.stop_out_rate;
    return no_worse &&
           (*a.mean_return_bps > *b.mean_return_bps || *a.median_mae_bps > *b.median_mae_bps ||
            *a.stop_out_rate < *b.stop_out_rate);
}

// Whoever dominates another comes before it.
bool comes_first(const TradeAggregates& a, const TradeAggregates& b) {
    if (*a.mean_return_bps != *b.mean_return_bps) return *a.mean_return_bps > *b.mean_return_bps;
    if (*a.median_mae_bps != *b.median_mae_bps) return *a.median_mae_bps > *b.median_mae_bps;
    return *a.stop_out_rate < *b.stop_out_rate;
}

}  // namespace

Constraints default_constraints(const Interval& interval) {
    Constraints constraints;
    if (static_cast<double>(interval.ms) < kHourMs) {
        constraints.max_mean_time_exposed_ms = 4 * kHourMs;
    }
    return constraints;
}

Status check_constraints(const Constraints& constraints) {
    const double rate = constraints.max_losing_stop_rate;
    if (!(rate >= 0 && rate <= 1)) {
        return fail(ErrorCode::kInvalidArgument,
                    "max-losing-stop-rate: found '{}', expected a share from 0 to 1", rate);
    }
    const double mae = constraints.min_p05_mae_bps;
    if (!(std::isfinite(mae) && mae <= 0)) {
        return fail(ErrorCode::kInvalidArgument,
                    "min-p05-mae-bps: found '{}', expected basis points, 0 or below", mae);
    }
    const double exposed = constraints.max_mean_time_exposed_ms.value_or(1);
    if (!(std::isfinite(exposed) && exposed > 0)) {
        return fail(ErrorCode::kInvalidArgument,
                    "max-mean-time-exposed: found '{}' ms, expected a time above 0, or none",
                    exposed);
    }
    return {};
}

std::optional<double> score_of(const TradeAggregates& aggregates) {
    if (aggregates.trades == 0) return std::nullopt;
    return *aggregates.median_return_bps + 200 * aggregates.mean_tail_capture_above_0.value_or(0) +
           *aggregates.median_mae_bps / 100;
}

Verdict judge(const TradeAggregates& aggregates, const Constraints& constraints) {
    Verdict verdict{.score = score_of(aggregates), .violations = {}};
    if (aggregates.trades == 0) {
        verdict.violations.push_back(kNoTrades);
        return verdict;
    }
    if (*aggregates.losing_stop_rate > constraints.max_losing_stop_rate) {
        verdict.violations.push_back(kLosingStopRate);
    }
    if (*aggregates.p05_mae_bps < constraints.min_p05_mae_bps) {
        verdict.violations.push_back(kP05Mae);
    }
    if (const auto& most = constraints.max_mean_time_exposed_ms;
        most && *aggregates.mean_time_exposed_ms > *most) {
        verdict.violations.push_back(kMeanTimeExposed);
    }
    return verdict;
}

Trial try_policy(std::span<const TradeOutcome> outcomes, std::span<const std::size_t> calls,
                 const Constraints& constraints) {
    Trial trial{.aggregates = aggregate(outcomes, calls), .verdict = {}};
    trial.verdict = judge(trial.aggregates, constraints);
    return trial;
}

std::optional<std::size_t> choose(std::span<const Trial> trials,
                                  std::span<const std::string> policy_ids) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (!trials[i].verdict.feasible()) continue;
        const double score = *trials[i].verdict.score;
        const double best_score = best ? *trials[*best].verdict.score : score;
        if (!best || score > best_score ||
            (score == best_score && policy_ids[i] < policy_ids[*best])) {
            best = i;
        }
    }
    return best;
}

std::vector<std::size_t> frontier(std::span<const Trial> trials) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (trials[i].aggregates.trades > 0) order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return comes_first(trials[a].aggregates, trials[b].aggregates);
    });
    // Of those that dominate a trial one is in the frontier itself, and has been kept by then.
    std::vector<std::size_t> kept;
    for (const std::size_t i : order) {
        const bool dominated = std::any_of(kept.begin(), kept.end(), [&](std::size_t k) {
            return dominates(trials[k].aggregates, trials[i].aggregates);
        });
        if (!dominated) kept.push_back(i);
    }
    std::sort(kept.begin(), kept.end());
    return kept;
}

}  // namespace daybook::backtest
