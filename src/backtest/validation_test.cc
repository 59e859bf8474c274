#include "backtest/validation.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "backtest/test_search.h"

namespace daybook::backtest {
namespace {

using testing::SearchFixture;

class ValidationTest : public ::testing::Test {
protected:
    SearchOutcomes search(unsigned threads = 1) const {
        return {matrix_, fixture_.ids, fixture_.constraints, threads};
    }
    std::vector<Split> folds(FoldSpec spec) const {
        return plan_splits({.split = std::nullopt, .folds = spec}, fixture_.inputs, fixture_.calls);
    }
    std::vector<TestedSplit> tested(const std::vector<Split>& splits) const {
        std::vector<TestedSplit> out;
        for (const Split& split : splits) out.push_back(test_split(search(), split));
        return out;
    }

    SearchFixture fixture_{140};
    OutcomeMatrix matrix_ = fixture_.outcomes();
};

// Median and medians of MAE by sorting, without a tail capture: the score of a policy, written
// anew.
double plain_score(const SearchFixture& fixture, std::size_t policy,
                   const std::vector<std::size_t>& calls) {
    const auto median = [](std::vector<double> values) {
        std::sort(values.begin(), values.end());
        const std::size_t half = values.size() / 2;
        return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    };
    std::vector<double> returns;
    std::vector<double> adverse;
    for (const std::size_t call : calls) {
        const auto trade = fixture.trade(policy, call);
        if (!trade) continue;
        returns.push_back(trade->net_bps);
        adverse.push_back(trade->max_adverse_excursion_bps);
    }
    return median(returns) + median(adverse) / 100;
}

TEST_F(ValidationTest, OnlyCallsThatCanBeEnteredAreSplit) {
    const std::vector<Split> splits = folds({.folds = 4});
    ASSERT_EQ(splits.size(), 4u);
    for (const Split& split : splits) {
        for (const auto* list : {&split.train, &split.test, &split.purged}) {
            for (const std::size_t call : *list) EXPECT_NE(call % 7, 6u);
        }
    }
    // 120 calls in five blocks.  The second begins with call 28; 26 is still open then, and 27
    // cannot be entered.
    EXPECT_EQ(splits[0].test.size(), 24u);
    EXPECT_EQ(splits[0].test.front(), 28u);
    EXPECT_EQ(splits[0].purged, (std::vector<std::size_t>{26}));
}

TEST_F(ValidationTest, NothingAskedForIsNoSplit) {
    EXPECT_TRUE(plan_splits({}, fixture_.inputs, fixture_.calls).empty());
    EXPECT_EQ(
        plan_splits({.split = SplitSpec{}, .folds = std::nullopt}, fixture_.inputs, fixture_.calls)
            .size(),
        1u);
}

TEST_F(ValidationTest, TheBestOnTheTrainCallsIsChosenAndTestedOnTheOthers) {
    for (const TestedSplit& tested : tested(folds({.folds = 4, .scheme = FoldScheme::kRolling}))) {
        ASSERT_TRUE(tested.chosen);
        const std::vector<std::size_t>& train = tested.split.train;
        // Policy 2 stops at a loss each time, and is not feasible.
        EXPECT_EQ(tested.feasible, 2);
        const std::size_t best =
            plain_score(fixture_, 0, train) > plain_score(fixture_, 1, train) ? 0 : 1;
        EXPECT_EQ(*tested.chosen, best);
        EXPECT_NEAR(*tested.train->verdict.score, plain_score(fixture_, best, train), 1e-9);
        EXPECT_NEAR(*tested.test->verdict.score, plain_score(fixture_, best, tested.split.test),
                    1e-9);
        EXPECT_EQ(tested.test->aggregates.trades, std::ssize(tested.split.test));
    }
}

TEST_F(ValidationTest, TheChoiceChangesWithTheMarket) {
    const auto splits = tested(folds({.folds = 4, .scheme = FoldScheme::kRolling}));
    EXPECT_EQ(splits.front().chosen, 0u);
    EXPECT_EQ(splits.back().chosen, 1u);
}

TEST_F(ValidationTest, WithoutAFeasiblePolicyNoneIsChosenAndNothingTested) {
    fixture_.constraints.min_p05_mae_bps = 0;
    const auto splits = tested(folds({.folds = 3}));
    for (const TestedSplit& tested : splits) {
        EXPECT_EQ(tested.chosen, std::nullopt);
        EXPECT_EQ(tested.feasible, 0);
        EXPECT_FALSE(tested.train || tested.test);
        EXPECT_FALSE(tested.selection.deflated_sharpe);
        // How much the search would have over-fitted does not hang on the constraints.
        EXPECT_TRUE(tested.selection.pbo);
    }
    const ValidationResult result = sum_up(search(), splits);
    EXPECT_EQ(result.chosen, 0);
    EXPECT_EQ(result.train_score, std::nullopt);
    EXPECT_EQ(result.out_of_sample, TradeAggregates());
}

TEST_F(ValidationTest, SumsUpWhatFollowingTheFoldsWouldHaveEarned) {
    const auto splits = tested(folds({.folds = 4, .scheme = FoldScheme::kRolling}));
    const ValidationResult result = sum_up(search(), splits);
    double net = 0;
    double count = 0;
    double train = 0;
    for (const TestedSplit& tested : splits) {
        train += *tested.train->verdict.score / 4;
        for (const std::size_t call : tested.split.test) {
            net += fixture_.trade(*tested.chosen, call)->net_bps;
            ++count;
        }
    }
    EXPECT_EQ(result.chosen, 4);
    EXPECT_EQ(result.calls_test, 96);
    // Each block ends with a call that cannot be entered; the one before it is still open.
    EXPECT_EQ(result.calls_purged, 4);
    EXPECT_NEAR(*result.out_of_sample.mean_return_bps, net / count, 1e-9);
    EXPECT_NEAR(*result.train_score, train, 1e-9);
}

// The columns of the matrix are in the order of the ids, whatever that of the space.
TEST_F(ValidationTest, FiguresOfTheSelectionAreThoseOfTheChosensColumn) {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < fixture_.calls.size(); ++i) all.push_back(i);
    ReturnMatrix plain(120, 3);
    const std::size_t columns[] = {1, 2, 0};  // 0.1, 0.2, 0.3
    std::size_t row = 0;
    for (const std::size_t call : all) {
        if (!fixture_.trade(0, call)) continue;
        for (std::size_t column = 0; column < 3; ++column) {
            plain.row(row)[column] = fixture_.trade(columns[column], call)->net_bps;
        }
        ++row;
    }
    const SelectionFigures found = selection_over(search(), all, 0);
    const SelectionFigures wanted = selection_figures(plain, 2);
    EXPECT_EQ(found.pbo, wanted.pbo);
    EXPECT_EQ(found.trials, 3);
    EXPECT_EQ(found.deflated_sharpe->probability, wanted.deflated_sharpe->probability);
}

TEST_F(ValidationTest, ThreadsDoNotMatter) {
    const Split split = folds({.folds = 2}).back();
    const TestedSplit one = test_split(search(1), split);
    for (unsigned threads = 2; threads <= 4; ++threads) {
        const TestedSplit many = test_split(search(threads), split);
        EXPECT_EQ(many.chosen, one.chosen);
        EXPECT_EQ(many.train->aggregates, one.train->aggregates);
        EXPECT_EQ(many.test->verdict, one.test->verdict);
        EXPECT_EQ(many.selection.pbo, one.selection.pbo);
    }
}

}  // namespace
}  // namespace daybook::backtest
