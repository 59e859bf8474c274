#include "backtest/overfitting.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace daybook::backtest {
namespace {

using Rows = std::vector<std::vector<double>>;

ReturnMatrix matrix_of(const Rows& rows) {
    ReturnMatrix matrix(rows.size(), rows.empty() ? 0 : rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::copy(rows[i].begin(), rows[i].end(), matrix.row(i).begin());
    }
    return matrix;
}

// ---- a second, straightforward implementation -------------------------------------------------

double mean_of_rows(const Rows& rows, std::size_t policy, const std::vector<bool>& in_half,
                    bool wanted) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t blocks = in_half.size();
        std::size_t block = 0;  // the one whose rows [b*n/S, (b+1)*n/S) hold row i
        while ((block + 1) * rows.size() / blocks <= i) ++block;
        if (in_half[block] != wanted) continue;
        sum += rows[i][policy];
        ++count;
    }
    return sum / count;
}

double plain_pbo(const Rows& rows, std::size_t blocks) {
    std::vector<bool> half(blocks, false);
    std::fill(half.begin() + static_cast<std::ptrdiff_t>(blocks / 2), half.end(), true);
    const std::size_t policies = rows.front().size();
    double overfitted = 0;
    double ways = 0;
    do {
        std::size_t best = 0;
        for (std::size_t p = 1; p < policies; ++p) {
            if (mean_of_rows(rows, p, half, true) > mean_of_rows(rows, best, half, true)) best = p;
        }
        std::vector<double> sorted;
        for (std::size_t p = 0; p < policies; ++p) {
            sorted.push_back(mean_of_rows(rows, p, half, false));
        }
        const double of_best = sorted[best];
        std::sort(sorted.begin(), sorted.end());
        const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), of_best);
        const double first_rank = static_cast<double>(first - sorted.begin()) + 1;
        const double last_rank = static_cast<double>(last - sorted.begin());
        const double omega = (first_rank + last_rank) / 2 / (static_cast<double>(policies) + 1);
        ++ways;
        if (omega <= 0.5) ++overfitted;
    } while (std::next_permutation(half.begin(), half.end()));
    return overfitted / ways;
}

// Simpson's rule for the normal density, from far below.
double plain_normal_cdf(double x) {
    const double from = -12;
    const int steps = 2'000;
    const double width = (x - from) / steps;
    double sum = 0;
    for (int i = 0; i <= steps; ++i) {
        const double at = from + width * i;
        const double weight = i == 0 || i == steps ? 1 : (i % 2 == 1 ? 4 : 2);
        sum += weight * std::exp(-at * at / 2);
    }
    return sum * width / 3 / std::sqrt(2 * 3.14159265358979323846);
}

// ---- probability of backtest overfitting
// ---------------------------------------------------------

TEST(CscvPbo, IsFiveSixthsForTheWorkedExample) {
    const Rows rows = {{-2, 1, 0, -1}, {4, -1, -2, 2}, {-2, 4, -1, -1}, {0, 0, 4, 1}};
    EXPECT_EQ(cscv_pbo(matrix_of(rows), 4), (Pbo{.probability = 5.0 / 6.0, .combinations = 6}));
}

TEST(CscvPbo, IsZeroWhereOnePolicyIsAlwaysTheBest) {
    Rows rows;
    for (int i = 0; i < 32; ++i) rows.push_back({1.0 * i, 100.0 + i, -5.0});
    EXPECT_EQ(cscv_pbo(matrix_of(rows)), (Pbo{.probability = 0, .combinations = 12'870}));
}

// The choice among equals says nothing of the future: the middle rank is no better than the median.
TEST(CscvPbo, IsOneWhereAllPoliciesAreTheSame) {
    const Rows rows = {{1, 1, 1}, {2, 2, 2}, {-1, -1, -1}, {4, 4, 4}};
    EXPECT_EQ(cscv_pbo(matrix_of(rows), 4)->probability, 1);
}

// Each policy is good in one half and worth nothing in the other.
TEST(CscvPbo, IsOneForPoliciesThatOnlyFitTheirHalf) {
    const Rows rows = {{3, 0}, {0, 3.5}};
    EXPECT_EQ(cscv_pbo(matrix_of(rows), 2), (Pbo{.probability = 1, .combinations = 2}));
}

TEST(CscvPbo, HasNoValueWithoutAChoiceOrWithFewerCallsThanBlocks) {
    EXPECT_EQ(cscv_pbo(ReturnMatrix(100, 1)), std::nullopt);
    EXPECT_EQ(cscv_pbo(ReturnMatrix(100, 0)), std::nullopt);
    EXPECT_EQ(cscv_pbo(ReturnMatrix(15, 10)), std::nullopt);
    EXPECT_EQ(cscv_pbo(ReturnMatrix(0, 10)), std::nullopt);
    EXPECT_NE(cscv_pbo(ReturnMatrix(16, 10)), std::nullopt);
}

// Whole numbers, so that ties occur and sums are exact in any order.
RC_GTEST_PROP(CscvPbo, EqualsAPlainImplementation, ()) {
    const std::size_t blocks = *rc::gen::element<std::size_t>(2, 4, 6, 8);
    const auto policies = *rc::gen::inRange<std::size_t>(2, 7);
    const auto calls = *rc::gen::inRange<std::size_t>(blocks, blocks * 3 + 1);
    const auto rows = *rc::gen::container<Rows>(
        calls, rc::gen::container<std::vector<double>>(
                   policies, rc::gen::map(rc::gen::inRange(-4, 5),
                                          [](int value) { return static_cast<double>(value); })));
    RC_ASSERT(std::abs(cscv_pbo(matrix_of(rows), blocks)->probability - plain_pbo(rows, blocks)) <
              1e-12);
}

// Policies that are all noise: what is best on one half is anywhere on the other.
TEST(CscvPbo, IsAboutOneHalfForNoise) {
    SeededRandom random(11);
    double sum = 0;
    constexpr int kSamples = 40;
    for (int sample = 0; sample < kSamples; ++sample) {
        ReturnMatrix matrix(64, 20);
        for (std::size_t i = 0; i < matrix.calls(); ++i) {
            for (double& value : matrix.row(i)) {
                value = static_cast<double>(random.next() >> 11) / 9007199254740992.0 - 0.5;
            }
        }
        sum += cscv_pbo(matrix, 8)->probability;
    }
    EXPECT_NEAR(sum / kSamples, 0.5, 0.1);
}

// ---- moments and Sharpe ratios
// -------------------------------------------------------------------

TEST(Moments, AreThoseWorkedOutByHand) {
    // Deviations from the mean 3: -2 -1 0 3 -> m2 = 14/4, m3 = (-8-1+27)/4, m4 = (16+1+81)/4.
    const std::vector<double> values = {1, 2, 3, 6};
    const Moments found = *moments(values);
    EXPECT_EQ(found.count, 4);
    EXPECT_DOUBLE_EQ(found.mean, 3);
    EXPECT_DOUBLE_EQ(found.deviation, std::sqrt(14.0 / 3));
    EXPECT_DOUBLE_EQ(found.skewness, 4.5 / std::pow(3.5, 1.5));
    EXPECT_DOUBLE_EQ(found.kurtosis, 24.5 / 12.25);
}

TEST(Moments, DoNotExistForTooFewOrEqualValues) {
    EXPECT_EQ(moments({}), std::nullopt);
    EXPECT_EQ(moments(std::vector<double>{7}), std::nullopt);
    EXPECT_EQ(moments(std::vector<double>{0.1, 0.1, 0.1}), std::nullopt);
    EXPECT_EQ(moments(std::vector<double>{1e-200, 2e-200}), std::nullopt);
}

// A take profit that every call reaches: (entry * 1.03 / entry - 1) differs by rounding alone.
RC_GTEST_PROP(Moments, DoNotExistForValuesThatOnlyRoundingParts, ()) {
    const auto entries = *rc::gen::container<std::vector<int>>(12, rc::gen::inRange(1, 100'000));
    const double profit = *rc::gen::inRange(1, 300) / 100.0;
    std::vector<double> returns;
    for (const int entry : entries) {
        const double price = entry / 97.0;
        returns.push_back((price * (1 + profit) / price - 1) * 1e4);
    }
    RC_ASSERT(moments(returns) == std::nullopt);
}

RC_GTEST_PROP(Moments, OfAShiftedAndStretchedSampleKeepTheShape, ()) {
    const auto whole = *rc::gen::container<std::vector<int>>(20, rc::gen::inRange(-50, 51));
    RC_PRE(std::adjacent_find(whole.begin(), whole.end(), std::not_equal_to()) != whole.end());
    const std::vector<double> values(whole.begin(), whole.end());
    std::vector<double> stretched;
    for (const double value : values) stretched.push_back(3 * value + 7);
    const Moments plain = *moments(values);
    const Moments other = *moments(stretched);
    RC_ASSERT(std::abs(other.mean - (3 * plain.mean + 7)) < 1e-9);
    RC_ASSERT(std::abs(other.deviation - 3 * plain.deviation) < 1e-9);
    RC_ASSERT(std::abs(other.skewness - plain.skewness) < 1e-9);
    RC_ASSERT(std::abs(other.kurtosis - plain.kurtosis) < 1e-9);
}

// The example of the paper: five years of days, an annual Sharpe ratio of 2.5, fat tails.
const SharpeEstimate kPaper = {
    .sharpe = 2.5 / std::sqrt(250.0), .observations = 1250, .skewness = -3, .kurtosis = 10};

TEST(DeflatedSharpe, IsThatOfThePaper) {
    const DeflatedSharpe of_100 = *deflated_sharpe(kPaper, 100, 0.5 / 250);
    EXPECT_NEAR(of_100.expected_maximum, 0.11317, 5e-6);
    EXPECT_NEAR(of_100.probability, 0.90040, 5e-6);
    EXPECT_NEAR(deflated_sharpe(kPaper, 46, 0.5 / 250)->probability, 0.95050, 5e-6);
}

TEST(DeflatedSharpe, OfOneTrialIsTheProbabilisticOne) {
    EXPECT_EQ(expected_maximum_sharpe(1, 0.5), 0);
    EXPECT_EQ(deflated_sharpe(kPaper, 1, 0.5)->probability, probabilistic_sharpe(kPaper, 0));
}

// 1 - 1*2 + (2-1)/4*4 = 0: the estimate would have no variance.
TEST(ProbabilisticSharpe, HasNoValueWithoutAVariance) {
    EXPECT_EQ(
        probabilistic_sharpe({.sharpe = 2, .observations = 10, .skewness = 1, .kurtosis = 2}, 0),
        std::nullopt);
    EXPECT_EQ(probabilistic_sharpe({.sharpe = 1, .observations = 1}, 0), std::nullopt);
}

RC_GTEST_PROP(DeflatedSharpe, EqualsAPlainImplementation, ()) {
    const SharpeEstimate chosen = {
        .sharpe = *rc::gen::inRange(-50, 51) / 100.0,
        .observations = *rc::gen::inRange<std::int64_t>(2, 3000),
        .skewness = *rc::gen::inRange(-100, 101) / 100.0,
        .kurtosis = 3 + *rc::gen::inRange(0, 100) / 10.0,
    };
    const auto trials = *rc::gen::inRange<std::int64_t>(2, 100'000);
    const double variance = *rc::gen::inRange(0, 100) / 10'000.0;
    const std::optional<DeflatedSharpe> found = deflated_sharpe(chosen, trials, variance);
    const double gamma = 0.577215664901532861;
    const double e = 2.718281828459045235;
    // The quantiles are judged by the density's integral: Phi(PhiInverse(p)) = p.
    const auto quantile = [](double p) {
        double low = -10;
        double high = 10;
        for (int i = 0; i < 40; ++i) {
            const double middle = (low + high) / 2;
            (plain_normal_cdf(middle) < p ? low : high) = middle;
        }
        return low;
    };
    const auto n = static_cast<double>(trials);
    const double expected = std::sqrt(variance) *
                            ((1 - gamma) * quantile(1 - 1 / n) + gamma * quantile(1 - 1 / (n * e)));
    const double sr = chosen.sharpe;
    const double z = (sr - expected) * std::sqrt(static_cast<double>(chosen.observations) - 1) /
                     std::sqrt(1 - chosen.skewness * sr + (chosen.kurtosis - 1) / 4 * sr * sr);
    RC_ASSERT(std::abs(found->expected_maximum - expected) < 1e-7);
    RC_ASSERT(std::abs(found->probability - plain_normal_cdf(std::clamp(z, -11.0, 11.0))) < 1e-5);
}

RC_GTEST_PROP(DeflatedSharpe, FallsAsTrialsAreAdded, ()) {
    const auto trials = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
    RC_ASSERT(expected_maximum_sharpe(trials + 1, 0.002) > expected_maximum_sharpe(trials, 0.002));
    RC_ASSERT(deflated_sharpe(kPaper, trials * 2 + 2, 0.002)->probability <=
              deflated_sharpe(kPaper, trials + 1, 0.002)->probability);
}

// ---- a whole search
// ---------------------------------------------------------------------------------

TEST(SelectionFigures, AreThoseOfTheChosenAmongAll) {
    // Sharpe ratios 0.5/sqrt(1/3), none, and 2.5/sqrt(5/3).
    const Rows rows = {{0, 1, 1}, {1, 1, 2}, {0, 1, 3}, {1, 1, 4}};
    const SelectionFigures figures = selection_figures(matrix_of(rows), 2);
    EXPECT_EQ(figures.trials, 3);
    EXPECT_EQ(figures.pbo, std::nullopt);
    const double first = 0.5 / std::sqrt(1.0 / 3);
    const double third = 2.5 / std::sqrt(5.0 / 3);
    EXPECT_DOUBLE_EQ(*figures.sharpe_variance, (third - first) * (third - first) / 2);
    const SharpeEstimate of_third = {
        .sharpe = third, .observations = 4, .skewness = 0, .kurtosis = 1.64};
    EXPECT_NEAR(figures.deflated_sharpe->probability,
                deflated_sharpe(of_third, 3, *figures.sharpe_variance)->probability, 1e-12);
    EXPECT_DOUBLE_EQ(figures.deflated_sharpe->chosen.sharpe, third);
}

TEST(SelectionFigures, WithoutAChoiceOrASharpeRatioThereIsNothingToDeflate) {
    const Rows rows = {{0, 1}, {1, 1}, {0, 1}};
    EXPECT_FALSE(selection_figures(matrix_of(rows), std::nullopt).deflated_sharpe);
    EXPECT_FALSE(selection_figures(matrix_of(rows), 1).deflated_sharpe);
    // One ratio among several trials has no variance.
    EXPECT_FALSE(selection_figures(matrix_of(rows), 0).deflated_sharpe);
    const SelectionFigures none = selection_figures(ReturnMatrix(0, 0), std::nullopt);
    EXPECT_EQ(none.trials, 0);
    EXPECT_EQ(none.sharpe_variance, std::nullopt);
}

TEST(SelectionFigures, OneTrialIsNotDeflated) {
    const SelectionFigures figures = selection_figures(matrix_of({{0}, {1}, {0}, {1}}), 0);
    EXPECT_EQ(figures.deflated_sharpe->expected_maximum, 0);
}

TEST(SelectionFigures, EqualSharpeRatiosHaveNoVariance) {
    const SelectionFigures figures =
        selection_figures(matrix_of({{0, 0}, {1, 1}, {0, 0}, {1, 1}}), 0);
    EXPECT_EQ(figures.sharpe_variance, 0);
    EXPECT_EQ(figures.deflated_sharpe->expected_maximum, 0);
}

TEST(ScoreLoss, IsPositiveWhereTheChoiceFlattered) {
    EXPECT_EQ(score_loss(100, 25), (ScoreLoss{.absolute = 75, .relative = 0.75}));
    EXPECT_EQ(score_loss(-100, -150), (ScoreLoss{.absolute = 50, .relative = 0.5}));
    EXPECT_EQ(score_loss(0, -1), (ScoreLoss{.absolute = 1, .relative = std::nullopt}));
    EXPECT_EQ(score_loss(100, std::nullopt), ScoreLoss());
    EXPECT_EQ(score_loss(std::nullopt, 1), ScoreLoss());
}

}  // namespace
}  // namespace daybook::backtest
