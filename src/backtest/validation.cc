#include "backtest/validation.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "backtest/parallel.h"

namespace daybook::backtest {
namespace {

// The calls that can be entered, as splits see them, and which of the run's calls they are.
struct SplitCalls {
    std::vector<SplitCall> calls;
    std::vector<std::size_t> index;
};

SplitCalls split_calls(const Inputs& inputs, const std::vector<PreparedCall>& prepared) {
    SplitCalls out;
    for (std::size_t i = 0; i < prepared.size(); ++i) {
        if (!prepared[i].can_enter()) continue;
        const Call& call = inputs.calls.calls[i];
        out.calls.push_back({.caller = call.caller,
                             .call_ms = call.created_at_ms,
                             .window_end_ms = inputs.windows[i]->end_ms});
        out.index.push_back(i);
    }
    return out;
}

void use_run_indices(Split& split, const std::vector<std::size_t>& index) {
    for (auto* list : {&split.train, &split.test, &split.purged, &split.embargoed}) {
        for (std::size_t& call : *list) call = index[call];
    }
}

// Policies in the order of their ids.
std::vector<std::size_t> by_id(std::span<const std::string> policy_ids) {
    std::vector<std::size_t> order(policy_ids.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return policy_ids[a] < policy_ids[b]; });
    return order;
}

}  // namespace

Status check_validation(const Validation& validation) {
    if (validation.split && validation.folds) {
        return fail(ErrorCode::kInvalidArgument,
                    "split, folds: found both, expected one way to test");
    }
    if (validation.split) {
        const double share = validation.split->train_share;
        if (!(share > 0 && share < 1)) {
            return fail(ErrorCode::kInvalidArgument,
                        "train: found '{}', expected a share above 0 and below 1", share);
        }
    }
    if (validation.folds) {
        const std::int64_t folds = validation.folds->folds;
        if (folds < 1 || folds > kFoldsMax) {
            return fail(ErrorCode::kInvalidArgument, "folds: found '{}', expected 1 to {}", folds,
                        kFoldsMax);
        }
    }
    const std::int64_t embargo_ms = validation.folds   ? validation.folds->embargo_ms
                                    : validation.split ? validation.split->embargo_ms
                                                       : 0;
    if (embargo_ms < 0) {
        return fail(ErrorCode::kInvalidArgument, "embargo: found '{}' ms, expected 0 or more",
                    embargo_ms);
    }
    return {};
}

std::vector<Split> plan_splits(const Validation& validation, const Inputs& inputs,
                               const std::vector<PreparedCall>& calls) {
    const SplitCalls entered = split_calls(inputs, calls);
    std::vector<Split> splits;
    if (validation.folds) splits = make_folds(entered.calls, *validation.folds);
    if (validation.split) splits.push_back(make_split(entered.calls, *validation.split));
    for (Split& split : splits) use_run_indices(split, entered.index);
    return splits;
}

std::vector<Trial> try_all(const SearchOutcomes& search, std::span<const std::size_t> calls) {
    std::vector<Trial> trials(search.policy_ids.size());
    parallel_for(trials.size(), search.threads, [&](std::size_t policy) {
        trials[policy] = try_policy(search.outcomes.of_policy(policy), calls, search.constraints);
    });
    return trials;
}

SelectionFigures selection_over(const SearchOutcomes& search, std::span<const std::size_t> calls,
                                std::optional<std::size_t> chosen) {
    const std::vector<std::size_t> order = by_id(search.policy_ids);
    if (order.empty()) return {};
    // Policies are compared on the calls that all of them have entered.
    std::vector<std::size_t> traded;
    std::copy_if(calls.begin(), calls.end(), std::back_inserter(traded), [&](std::size_t call) {
        return std::all_of(order.begin(), order.end(), [&](std::size_t policy) {
            return search.outcomes.of_policy(policy)[call].has_trade;
        });
    });
    ReturnMatrix returns(traded.size(), order.size());
    std::optional<std::size_t> column_of_chosen;
    for (std::size_t column = 0; column < order.size(); ++column) {
        const auto outcomes = search.outcomes.of_policy(order[column]);
        for (std::size_t row = 0; row < traded.size(); ++row) {
            returns.row(row)[column] = outcomes[traded[row]].net_bps;
        }
        if (order[column] == chosen) column_of_chosen = column;
    }
    return selection_figures(returns, column_of_chosen);
}

TestedSplit test_split(const SearchOutcomes& search, Split split) {
    const std::vector<Trial> trials = try_all(search, split.train);
    TestedSplit tested;
    tested.chosen = choose(trials, search.policy_ids);
    tested.feasible = std::count_if(trials.begin(), trials.end(),
                                    [](const Trial& trial) { return trial.verdict.feasible(); });
    if (tested.chosen) {
        tested.train = trials[*tested.chosen];
        tested.test =
            try_policy(search.outcomes.of_policy(*tested.chosen), split.test, search.constraints);
    }
    tested.selection = selection_over(search, split.train, tested.chosen);
    tested.split = std::move(split);
    return tested;
}

ValidationResult sum_up(const SearchOutcomes& search, std::span<const TestedSplit> splits) {
    ValidationResult result;
    std::vector<double> train_scores;
    std::vector<double> test_scores;
    // The outcomes that count, each call's by the policy that its split has chosen.
    std::vector<TradeOutcome> followed;
    for (const TestedSplit& tested : splits) {
        result.calls_train += std::ssize(tested.split.train);
        result.calls_test += std::ssize(tested.split.test);
        result.calls_purged += std::ssize(tested.split.purged);
        result.calls_embargoed += std::ssize(tested.split.embargoed);
        result.leaky = result.leaky || tested.split.leaky;
        if (!tested.chosen) continue;
        ++result.chosen;
        if (tested.train->verdict.score && tested.test->verdict.score) {
            train_scores.push_back(*tested.train->verdict.score);
            test_scores.push_back(*tested.test->verdict.score);
        }
        const auto outcomes = search.outcomes.of_policy(*tested.chosen);
        for (const std::size_t call : tested.split.test) followed.push_back(outcomes[call]);
    }
    result.train_score = mean(train_scores);
    result.test_score = mean(test_scores);
    std::vector<std::size_t> all(followed.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    result.out_of_sample = aggregate(followed, all);
    return result;
}

}  // namespace daybook::backtest
