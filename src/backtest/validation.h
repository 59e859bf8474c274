// A policy is chosen on some calls and tested on others, once (a split) or fold by fold (walk
// forward).  Every policy has been executed on every call before: what a trade becomes does not
// depend on the calls it is counted with.
//
// Pure functions of plain data; the same whatever the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backtest/inputs.h"
#include "backtest/outcomes.h"
#include "backtest/overfitting.h"
#include "backtest/prepared.h"
#include "backtest/splits.h"
#include "backtest/trial.h"

namespace daybook::backtest {

// How a search is tested: in one of the two ways, or not at all.
struct Validation {
    std::optional<SplitSpec> split;
    std::optional<FoldSpec> folds;
    bool operator==(const Validation&) const = default;
};

// Refuses numbers out of range; the message names the flag, what was found and what was expected.
Status check_validation(const Validation& validation);

// What a search has executed; all of it must outlive the call.
struct SearchOutcomes {
    const OutcomeMatrix& outcomes;
    std::span<const std::string> policy_ids;
    const Constraints& constraints;
    unsigned threads = 0;  // 0: one for each processor
};

// The splits of the calls that can be entered: one for a split, one a fold, none for neither.
// Their indices are those of the run's calls.
std::vector<Split> plan_splits(const Validation& validation, const Inputs& inputs,
                               const std::vector<PreparedCall>& calls);

// The trials of all policies over these calls.
std::vector<Trial> try_all(const SearchOutcomes& search, std::span<const std::size_t> calls);

// The over-fitting figures of choosing `chosen` on these calls.  Of policies that are equally good
// the first by id counts as the best, as in choose().
SelectionFigures selection_over(const SearchOutcomes& search, std::span<const std::size_t> calls,
                                std::optional<std::size_t> chosen);

// A split worked through.
struct TestedSplit {
    Split split;
    std::optional<std::size_t> chosen;  // the policy; none if none is feasible on the train calls
    std::int64_t feasible = 0;          // policies that are
    std::optional<Trial> train;         // of the chosen policy, as is the next
    std::optional<Trial> test;
    SelectionFigures selection;  // of the choice
};
TestedSplit test_split(const SearchOutcomes& search, Split split);

// What a walk forward, or one split, comes to.
struct ValidationResult {
    std::int64_t chosen = 0;  // splits that have a policy
    std::int64_t calls_train = 0;
    std::int64_t calls_test = 0;
    std::int64_t calls_purged = 0;
    std::int64_t calls_embargoed = 0;
    bool leaky = false;
    // Means over the splits that have both.
    std::optional<double> train_score;
    std::optional<double> test_score;
    // Of the tests' trades, each by the policy of its split: what following the search would have
    // earned.
    TradeAggregates out_of_sample;
};
ValidationResult sum_up(const SearchOutcomes& search, std::span<const TestedSplit> splits);

}  // namespace daybook::backtest
