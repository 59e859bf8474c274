// Records the folds of a walk-forward search, each as a run below the search's: it trains, chooses,
// tests, and stores the calls and trades of its test.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backtest/outcomes.h"
#include "backtest/policy_windows.h"
#include "backtest/session.h"
#include "backtest/space.h"
#include "backtest/validation.h"
#include "backtest/validation_documents.h"

namespace daybook::backtest {

// What the folds' runs are made of; all of it must outlive the call.
struct FoldSource {
    Session& session;  // of the search
    std::string search_config_json;
    const SearchSpace& space;
    const PolicyWindows& windows;
    // Executes a policy on a call once more: an outcome has no prices.
    const OutcomeMatrix::Trader& trader;
};

// Emits the folds' events in their order, and returns what the parent's summary says of them.  A
// fold that a resumed search has completed before is not recorded again.
Result<std::vector<Fold>> record_folds(const FoldSource& source,
                                       std::span<const TestedSplit> splits);

}  // namespace daybook::backtest
