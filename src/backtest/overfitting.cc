#include "backtest/overfitting.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numbers>

#include "backtest/aggregate.h"
#include "base/check.h"

namespace daybook::backtest {
namespace {

constexpr std::size_t kBlocksMax = 20;  // 184,756 combinations

// What the combinations are made of: the sum of each policy over each block, and its rows.
struct BlockSums {
    ReturnMatrix sums;                // one row a block
    std::vector<std::size_t> counts;  // rows of each block
};

BlockSums sum_blocks(const ReturnMatrix& returns, std::size_t blocks) {
    BlockSums out{.sums = ReturnMatrix(blocks, returns.policies()), .counts = {}};
    for (std::size_t block = 0; block < blocks; ++block) {
        const std::size_t begin = block * returns.calls() / blocks;
        const std::size_t end = (block + 1) * returns.calls() / blocks;
        out.counts.push_back(end - begin);
        const std::span<double> sums = out.sums.row(block);
        for (std::size_t call = begin; call < end; ++call) {
            const std::span<const double> row = returns.row(call);
            for (std::size_t policy = 0; policy < row.size(); ++policy) sums[policy] += row[policy];
        }
    }
    return out;
}

// The mean of each policy over the blocks whose bit is set.
void mean_over(const BlockSums& blocks, std::uint32_t chosen, std::span<double> means) {
    std::fill(means.begin(), means.end(), 0.0);
    std::size_t count = 0;
    for (std::uint32_t left = chosen; left != 0; left &= left - 1) {
        const auto block = static_cast<std::size_t>(std::countr_zero(left));
        count += blocks.counts[block];
        const std::span<const double> sums = blocks.sums.row(block);
        for (std::size_t policy = 0; policy < means.size(); ++policy) means[policy] += sums[policy];
    }
    for (double& mean : means) mean /= static_cast<double>(count);
}

// 1 for the worst; equals share their mean rank.
double rank_of(std::span<const double> values, std::size_t which) {
    std::size_t below = 0;
    std::size_t equal = 0;
    for (const double value : values) {
        if (value < values[which]) ++below;
        if (value == values[which]) ++equal;
    }
    return static_cast<double>(below) + static_cast<double>(equal + 1) / 2;
}

// The next larger number with as many bits set (Gosper's rule, HAKMEM item 175); `bits` is not 0.
std::uint32_t next_combination(std::uint32_t bits) {
    const std::uint32_t lowest = bits & (~bits + 1);
    const std::uint32_t carried = bits + lowest;
    return (((carried ^ bits) >> 2) / lowest) | carried;
}

double normal_upper_tail(double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }

// The x with P(X > x) = `tail` for a standard normal X, `tail` in (0, 1).  Asked for twice a
// search, so halving an interval until no double lies inside it is fast enough; and of the tail, as
// 1 - 1/N loses digits where N is large.
double normal_quantile_of_tail(double tail) {
    double low = -40;
    double high = 40;
    for (;;) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return middle;
        (normal_upper_tail(middle) > tail ? low : high) = middle;
    }
}

std::vector<double> column(const ReturnMatrix& returns, std::size_t policy) {
    std::vector<double> values;
    values.reserve(returns.calls());
    for (std::size_t call = 0; call < returns.calls(); ++call) {
        values.push_back(returns.row(call)[policy]);
    }
    return values;
}

}  // namespace

std::optional<Pbo> cscv_pbo(const ReturnMatrix& returns, std::size_t blocks) {
    DAYBOOK_CHECK(blocks >= 2 && blocks <= kBlocksMax && blocks % 2 == 0);
    if (returns.policies() < 2 || returns.calls() < blocks) return std::nullopt;
    const BlockSums sums = sum_blocks(returns, blocks);
    const auto policies = static_cast<double>(returns.policies());
    const std::uint32_t all = (std::uint32_t{1} << blocks) - 1;
    std::vector<double> train(returns.policies());
    std::vector<double> test(returns.policies());
    std::int64_t combinations = 0;
    std::int64_t overfitted = 0;
    for (std::uint32_t chosen = (std::uint32_t{1} << (blocks / 2)) - 1; chosen <= all;
         chosen = next_combination(chosen)) {
        mean_over(sums, chosen, train);
        mean_over(sums, all & ~chosen, test);
        const auto best =
            static_cast<std::size_t>(std::max_element(train.begin(), train.end()) - train.begin());
        ++combinations;
        overfitted += rank_of(test, best) / (policies + 1) <= 0.5 ? 1 : 0;
    }
    return Pbo{.probability = static_cast<double>(overfitted) / static_cast<double>(combinations),
               .combinations = combinations};
}

std::optional<Moments> moments(std::span<const double> values) {
    if (values.size() < 2) return std::nullopt;
    const auto count = static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += value;
    const double mean = sum / count;
    double m2 = 0;
    double m3 = 0;
    double m4 = 0;
    for (const double value : values) {
        const double from_mean = value - mean;
        const double square = from_mean * from_mean;
        m2 += square;
        m3 += square * from_mean;
        m4 += square * square;
    }
    const double variance = m2 / count;
    // Where the variance is, but its square is not, above 0, the kurtosis has no value.
    if (differ_by_rounding(values, std::sqrt(variance)) || !(variance * variance > 0)) {
        return std::nullopt;
    }
    return Moments{.count = std::ssize(values),
                   .mean = mean,
                   .deviation = std::sqrt(m2 / (count - 1)),
                   .skewness = m3 / count / std::pow(variance, 1.5),
                   .kurtosis = m4 / count / (variance * variance)};
}

SharpeEstimate sharpe_of(const Moments& moments) {
    return {.sharpe = moments.mean / moments.deviation,
            .observations = moments.count,
            .skewness = moments.skewness,
            .kurtosis = moments.kurtosis};
}

std::optional<double> probabilistic_sharpe(const SharpeEstimate& estimate, double benchmark) {
    const double sharpe = estimate.sharpe;
    const double variance =
        1 - estimate.skewness * sharpe + (estimate.kurtosis - 1) / 4 * sharpe * sharpe;
    if (!(variance > 0) || estimate.observations < 2) return std::nullopt;
    const double periods = std::sqrt(static_cast<double>(estimate.observations - 1));
    return normal_upper_tail(-(sharpe - benchmark) * periods / std::sqrt(variance));
}

double expected_maximum_sharpe(std::int64_t trials, double variance) {
    DAYBOOK_CHECK(trials >= 1 && variance >= 0);
    if (trials == 1) return 0;
    const double tail = 1 / static_cast<double>(trials);
    return std::sqrt(variance) *
           ((1 - std::numbers::egamma) * normal_quantile_of_tail(tail) +
            std::numbers::egamma * normal_quantile_of_tail(tail / std::numbers::e));
}

std::optional<DeflatedSharpe> deflated_sharpe(const SharpeEstimate& chosen, std::int64_t trials,
                                              double variance) {
    const double expected = expected_maximum_sharpe(trials, variance);
    const std::optional<double> probability = probabilistic_sharpe(chosen, expected);
    if (!probability) return std::nullopt;
    return DeflatedSharpe{
        .chosen = chosen, .expected_maximum = expected, .probability = *probability};
}

SelectionFigures selection_figures(const ReturnMatrix& returns, std::optional<std::size_t> chosen) {
    SelectionFigures figures{.trials = static_cast<std::int64_t>(returns.policies()),
                             .pbo = cscv_pbo(returns),
                             .sharpe_variance = std::nullopt,
                             .deflated_sharpe = std::nullopt};
    std::vector<double> sharpes;
    std::optional<SharpeEstimate> of_chosen;
    for (std::size_t policy = 0; policy < returns.policies(); ++policy) {
        const std::optional<Moments> found = moments(column(returns, policy));
        if (!found) continue;
        const SharpeEstimate estimate = sharpe_of(*found);
        sharpes.push_back(estimate.sharpe);
        if (policy == chosen) of_chosen = estimate;
    }
    if (sharpes.size() >= 2) {
        const std::optional<Moments> spread = moments(sharpes);
        figures.sharpe_variance = spread ? spread->deviation * spread->deviation : 0.0;
    }
    // One trial needs no variance: nothing was selected.
    if (of_chosen && (figures.sharpe_variance || figures.trials == 1)) {
        figures.deflated_sharpe =
            deflated_sharpe(*of_chosen, figures.trials, figures.sharpe_variance.value_or(0));
    }
    return figures;
}

ScoreLoss score_loss(std::optional<double> train, std::optional<double> test) {
    if (!train || !test) return {};
    ScoreLoss loss{.absolute = *train - *test, .relative = std::nullopt};
    if (*train != 0) loss.relative = *loss.absolute / std::abs(*train);
    return loss;
}

}  // namespace daybook::backtest
