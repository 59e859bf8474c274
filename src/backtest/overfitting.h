// How far the best of many trials may be trusted.  The more policies are tried on the same calls,
// the better the best one looks, whether or not any of them is worth anything; these figures say
// how much of it that alone explains.
//
// Pure functions of plain data; safe to call from all threads.  An observation is the net return of
// one call; observations are in the order of the calls' times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace daybook::backtest {

// Observations by policy: one row a call, in time order; one column a policy.
class ReturnMatrix {
public:
    ReturnMatrix(std::size_t calls, std::size_t policies)
        : calls_(calls), policies_(policies), values_(calls * policies) {}

    std::size_t calls() const { return calls_; }
    std::size_t policies() const { return policies_; }
    std::span<double> row(std::size_t call) {
        return std::span(values_).subspan(call * policies_, policies_);
    }
    std::span<const double> row(std::size_t call) const {
        return std::span(values_).subspan(call * policies_, policies_);
    }

private:
    std::size_t calls_;
    std::size_t policies_;
    std::vector<double> values_;
};

// The number of blocks that its authors recommend: 12,870 ways to choose half of them.
inline constexpr std::size_t kCscvBlocks = 16;

struct Pbo {
    double probability = 0;         // [0, 1]
    std::int64_t combinations = 0;  // the ways to choose the training half
    bool operator==(const Pbo&) const = default;
};

// Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey,
// Borwein, López de Prado and Zhu, "The probability of backtest overfitting", Journal of
// Computational Finance 20(4), 2017): how often the policy that is best on one half of the data is
// no better than the median policy on the other half.
//
// The rows are cut into `blocks` blocks of equal counts (they differ by one where the rows do not
// divide).  For each way to choose half of the blocks, n* is the policy of the highest mean on the
// chosen half (of equals the first), and
//
//     omega = rank of n* on the other half / (N + 1)      N policies; rank 1 is the worst,
//                                                         equals share their mean rank
//     PBO   = share of the ways in which omega <= 0.5
//
// nullopt for fewer than two policies or fewer rows than blocks.  `blocks` is even, from 2 to 20;
// the observations are finite.
std::optional<Pbo> cscv_pbo(const ReturnMatrix& returns, std::size_t blocks = kCscvBlocks);

// The shape of a sample.
struct Moments {
    std::int64_t count = 0;
    double mean = 0;
    double deviation = 0;  // of the sample: the sum of squares is divided by count - 1
    double skewness = 0;   // m3 / m2^1.5, the moments divided by count
    double kurtosis = 0;   // m4 / m2^2: 3 for a normal distribution, not the excess over it
    bool operator==(const Moments&) const = default;
};
// nullopt where a Sharpe ratio has no meaning: fewer than two observations, or all the same but for
// rounding.
std::optional<Moments> moments(std::span<const double> values);

// A Sharpe ratio of one period, nothing annualised, and the sample it was estimated from.
struct SharpeEstimate {
    double sharpe = 0;
    std::int64_t observations = 0;  // T
    double skewness = 0;
    double kurtosis = 3;  // not the excess
};
SharpeEstimate sharpe_of(const Moments& moments);

// Probability that the true Sharpe ratio is above `benchmark` (Bailey and López de Prado, "The
// Sharpe ratio efficient frontier", Journal of Risk 15(2), 2012, equation 11):
//
//     PSR = Phi( (SR - benchmark) * sqrt(T - 1) / sqrt(1 - skew*SR + (kurtosis - 1)/4 * SR^2) )
//
// nullopt if the term under the root, the variance of the estimate, is not above 0, or T < 2.
std::optional<double> probabilistic_sharpe(const SharpeEstimate& estimate, double benchmark);

// The highest Sharpe ratio to be expected of `trials` trials that are all worth nothing, whose
// estimates have the variance `variance` (Bailey and López de Prado, "The deflated Sharpe ratio",
// Journal of Portfolio Management 40(5), 2014, equation 1):
//
//     SR0 = sqrt(V) * ( (1 - gamma) * PhiInverse(1 - 1/N) + gamma * PhiInverse(1 - 1/(N*e)) )
//
// with gamma the Euler-Mascheroni constant.  0 for one trial, of which none was selected.
// `trials` >= 1, `variance` >= 0.
double expected_maximum_sharpe(std::int64_t trials, double variance);

struct DeflatedSharpe {
    SharpeEstimate chosen;        // of the chosen policy, a call being the period
    double expected_maximum = 0;  // SR0
    double probability = 0;       // DSR = PSR(SR0), [0, 1]
};
// The same paper, equation 2: the probability that the true Sharpe ratio of the policy that was
// chosen out of `trials` is above 0, its choice considered.
std::optional<DeflatedSharpe> deflated_sharpe(const SharpeEstimate& chosen, std::int64_t trials,
                                              double variance);

// What a search over `returns` has to say of itself.
struct SelectionFigures {
    std::int64_t trials = 0;  // N: all policies, those without a Sharpe ratio included
    std::optional<Pbo> pbo;
    std::optional<double> sharpe_variance;  // V: of the trials' Sharpe ratios, divided by count - 1
    std::optional<DeflatedSharpe> deflated_sharpe;  // of the chosen policy
};
// `returns` are those of the calls that were chosen on; `chosen` is a column, if one was chosen.
SelectionFigures selection_figures(const ReturnMatrix& returns, std::optional<std::size_t> chosen);

// How much of its score a policy has lost between the calls it was chosen on and others.
struct ScoreLoss {
    std::optional<double> absolute;  // train - test; above 0 where the choice flattered
    std::optional<double> relative;  // (train - test) / |train|; none where train is 0
    bool operator==(const ScoreLoss&) const = default;
};
ScoreLoss score_loss(std::optional<double> train, std::optional<double> test);

}  // namespace daybook::backtest
