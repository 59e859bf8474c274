// What a search for an exit policy is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backtest/options.h"
#include "backtest/order_options.h"
#include "backtest/space.h"
#include "backtest/trial.h"
#include "backtest/validation.h"
#include "base/result.h"

namespace daybook::backtest {

// All policies of the spaces, or some of them drawn by a seed, each at most once.
enum class SearchKind { kGrid, kRandom };

struct OptimizeOptions {
    InputOptions input;
    RunOptions run;
    Execution execution = Execution::kStrict;
    double taker_fee_bps = 30;  // a side
    double slippage_bps = 10;   // a side; of CostModel::kBps only
    OrderOptions orders;        // costs of other kinds, and what befalls orders
    std::vector<Space> spaces;
    SearchKind search = SearchKind::kGrid;
    std::optional<std::int64_t> trials;  // kRandom: how many
    std::uint64_t seed = 0;              // kRandom
    // Unset: default_constraints().
    std::optional<Constraints> constraints;
    // Each caller's calls are searched on their own as well, as a child run.
    bool by_caller = false;
    // On which calls the policy is chosen, and on which it is tested.
    Validation validation{};
};

Constraints constraints_of(const OptimizeOptions& options);

// Refuses options that make no sense, naming the option, what was found and what was expected.
Status check_optimize_options(const OptimizeOptions& options);

// The policies to be tried, in the order in which they are.  The options must be ones that
// check_optimize_options() takes.
SearchSpace searched(const OptimizeOptions& options);

}  // namespace daybook::backtest
