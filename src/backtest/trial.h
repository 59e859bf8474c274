// One policy of a search, judged: its score, and which constraints it violates.
//
// Pure functions of plain data; safe to call from all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/interval.h"
#include "base/result.h"

namespace daybook::backtest {

// What a policy must keep to be chosen.
struct Constraints {
    double max_losing_stop_rate = 0.3;  // [0, 1]
    double min_p05_mae_bps = -3'000;    // 5th percentile of MAE; <= 0
    // nullopt: any.
    std::optional<double> max_mean_time_exposed_ms{};
    bool operator==(const Constraints&) const = default;
};

// 4 hours of mean exposure for bars below an hour, any for longer ones.
Constraints default_constraints(const Interval& interval);

// Refuses numbers out of range; the message names the flag, what was found and what was expected.
Status check_constraints(const Constraints& constraints);

// The names of violations, as `violations` of trial.recorded lists them.
inline constexpr std::string_view kNoTrades = "no_trades";
inline constexpr std::string_view kLosingStopRate = "losing_stop_rate";
inline constexpr std::string_view kP05Mae = "p05_mae";
inline constexpr std::string_view kMeanTimeExposed = "mean_time_exposed";

struct Verdict {
    // In bps; null without trades, else a number even if a constraint is violated.
    std::optional<double> score;
    std::vector<std::string_view> violations;

    bool feasible() const { return violations.empty(); }
    bool operator==(const Verdict&) const = default;
};

// score = median net return (bps) + 200 · mean(max(0, tail capture)) + median MAE (bps) / 100,
// where trades without a tail capture are left out of that mean, and it is 0 if none has one.  MAE
// is at most 0, so a deeper drawdown costs.
std::optional<double> score_of(const TradeAggregates& aggregates);

Verdict judge(const TradeAggregates& aggregates, const Constraints& constraints);

struct Trial {
    TradeAggregates aggregates;
    Verdict verdict;
};

// A policy's trial over the calls with these indices; see aggregate().
Trial try_policy(std::span<const TradeOutcome> outcomes, std::span<const std::size_t> calls,
                 const Constraints& constraints);

// The index of the feasible trial with the greatest score, ties by the lesser policy id (bytewise);
// nullopt if none is feasible.  `policy_ids` are those of the trials.
std::optional<std::size_t> choose(std::span<const Trial> trials,
                                  std::span<const std::string> policy_ids);

// The indices, ascending, of the trials that no other dominates.  One dominates another if its mean
// net return is at least as high, its median MAE at least as shallow and its stop-out rate at most
// as high, and one of the three is better.  Trials without trades are never in it.
std::vector<std::size_t> frontier(std::span<const Trial> trials);

}  // namespace daybook::backtest
