#include "backtest/trial.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace daybook::backtest {
namespace {

const Constraints kConstraints{.max_mean_time_exposed_ms = 1'000};

TradeOutcome outcome(double net, double mae, double tail, std::int64_t exposed,
                     ExitReason reason = ExitReason::kTakeProfit) {
    return {.net_bps = net,
            .mae_bps = mae,
            .tail_capture = tail,
            .time_exposed_ms = exposed,
            .exit_bar = 1,
            .reason = reason,
            .has_trade = true};
}

Trial judged(const std::vector<TradeOutcome>& outcomes) {
    std::vector<std::size_t> all(outcomes.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return try_policy(outcomes, all, kConstraints);
}

Trial scored(double net) { return judged({outcome(net, 0, NAN, 1)}); }

using Names = std::vector<std::string_view>;

TEST(Trial, ScoreIsMedianReturnTailAndDrawdown) {
    // Median net 150, mean of max(0, tail) over those that have one (0.5 + 0) / 2, median MAE -200.
    const Trial trial = judged(
        {outcome(100, -100, 0.5, 10), outcome(150, -200, -3, 10), outcome(900, -300, NAN, 10)});
    EXPECT_EQ(trial.verdict.score, 150 + 200 * 0.25 - 2);
    EXPECT_TRUE(trial.verdict.feasible());
}

TEST(Trial, WithoutTailCapturesTheirPartIsNothing) {
    EXPECT_EQ(judged({outcome(100, -100, NAN, 10)}).verdict.score, 99);
}

TEST(Trial, WithoutTradesThereIsNoScore) {
    const Trial trial = judged({TradeOutcome{}});
    EXPECT_EQ(trial.verdict, (Verdict{.score = std::nullopt, .violations = {kNoTrades}}));
    EXPECT_EQ(trial.aggregates, TradeAggregates{});
}

TEST(Trial, EveryViolationIsNamedAndTheScoreStaysANumber) {
    const Trial trial = judged({outcome(-50, -4'000, NAN, 2'000, ExitReason::kStopLoss)});
    EXPECT_EQ(trial.verdict.violations, (Names{kLosingStopRate, kP05Mae, kMeanTimeExposed}));
    EXPECT_EQ(trial.verdict.score, -90);
}

TEST(Trial, TheBoundsThemselvesAreAllowed) {
    std::vector<TradeOutcome> outcomes(10, outcome(5, -3'000, NAN, 1'000));
    for (std::size_t i = 0; i < 3; ++i) {
        outcomes[i] = outcome(-5, -3'000, NAN, 1'000, ExitReason::kHardStop);
    }
    EXPECT_EQ(judged(outcomes).verdict.violations, Names{});
    outcomes[3] = outcomes[0];
    EXPECT_EQ(judged(outcomes).verdict.violations, Names{kLosingStopRate});
}

TEST(Trial, AStopThatGainsIsNotALosingOne) {
    EXPECT_TRUE(judged({outcome(5, 0, 0.1, 1, ExitReason::kTrailingStop)}).verdict.feasible());
}

TEST(Trial, OnlyTheCallsGivenCount) {
    const std::vector<TradeOutcome> outcomes = {outcome(1, 0, NAN, 1), outcome(2, 0, NAN, 1),
                                                TradeOutcome{}, outcome(4, 0, NAN, 1)};
    const std::vector<std::size_t> some = {1, 2, 3};
    EXPECT_EQ(aggregate(outcomes, some).trades, 2);
    EXPECT_EQ(aggregate(outcomes, some).mean_return_bps, 3);
}

TEST(Trial, TheBestFeasibleScoreIsChosenAndTiesGoToTheLesserId) {
    const std::vector<Trial> trials = {judged({outcome(900, 0, NAN, 5'000)}),  // held too long
                                       scored(3), scored(7), scored(7), scored(6)};
    EXPECT_EQ(choose(trials, std::vector<std::string>{"a", "b", "d", "c", "e"}), 3u);
    EXPECT_EQ(choose(trials, std::vector<std::string>{"a", "b", "c", "d", "e"}), 2u);
    EXPECT_EQ(choose(std::span(trials).first(1), std::vector<std::string>{"a"}), std::nullopt);
}

TEST(Trial, DefaultsFollowTheInterval) {
    EXPECT_EQ(default_constraints(parse_interval("15m").value()).max_mean_time_exposed_ms,
              4 * 3'600'000.0);
    for (const char* interval : {"1h", "4h", "1d"}) {
        EXPECT_EQ(default_constraints(parse_interval(interval).value()).max_mean_time_exposed_ms,
                  std::nullopt);
    }
}

TEST(Trial, ConstraintsOutOfRangeAreRefused) {
    const auto message = [](const Constraints& constraints) {
        const Status checked = check_constraints(constraints);
        return checked ? "" : checked.error().message();
    };
    EXPECT_EQ(message({}), "");
    EXPECT_EQ(message({.max_losing_stop_rate = 1.5}),
              "max-losing-stop-rate: found '1.5', expected a share from 0 to 1");
    EXPECT_EQ(message({.min_p05_mae_bps = 1}),
              "min-p05-mae-bps: found '1', expected basis points, 0 or below");
    EXPECT_EQ(message({.max_losing_stop_rate = NAN}),
              "max-losing-stop-rate: found 'nan', expected a share from 0 to 1");
    EXPECT_EQ(message({.max_mean_time_exposed_ms = 0}),
              "max-mean-time-exposed: found '0' ms, expected a time above 0, or none");
}

TEST(Trial, TheFrontierIsWhatNothingDominates) {
    const auto at = [](double net, double mae, ExitReason reason) {
        return judged({outcome(net, mae, NAN, 1, reason)});
    };
    const std::vector<Trial> trials = {
        at(10, -5, ExitReason::kTakeProfit),  // the best of all
        at(10, -5, ExitReason::kTakeProfit),  // as good: neither dominates the other
        at(9, -5, ExitReason::kTakeProfit),   // a lower return
        at(9, -1, ExitReason::kStopLoss),     // a shallower drawdown
        at(10, -5, ExitReason::kStopLoss),    // more stops
        judged({TradeOutcome{}})};
    EXPECT_EQ(frontier(trials), (std::vector<std::size_t>{0, 1, 3}));
}

RC_GTEST_PROP(Trial, EveryTrialOutsideTheFrontierIsDominatedByOneInside,
              (const std::vector<std::array<std::uint8_t, 3>>& figures)) {
    std::vector<Trial> trials;
    for (const auto& [net, mae, stop] : figures) {
        trials.push_back(
            judged({outcome(net % 8, -(mae % 8), NAN, 1,
                            stop % 2 == 0 ? ExitReason::kStopLoss : ExitReason::kTakeProfit)}));
    }
    const std::vector<std::size_t> kept = frontier(trials);
    const auto better = [&](std::size_t a, std::size_t b) {
        const TradeAggregates& x = trials[a].aggregates;
        const TradeAggregates& y = trials[b].aggregates;
        return *x.mean_return_bps >= *y.mean_return_bps && *x.median_mae_bps >= *y.median_mae_bps &&
               *x.stop_out_rate <= *y.stop_out_rate && !(x == y);
    };
    for (std::size_t i = 0; i < trials.size(); ++i) {
        const bool in = std::find(kept.begin(), kept.end(), i) != kept.end();
        const bool beaten =
            std::any_of(kept.begin(), kept.end(), [&](std::size_t k) { return better(k, i); });
        RC_ASSERT(in != beaten);
    }
}

}  // namespace
}  // namespace daybook::backtest
