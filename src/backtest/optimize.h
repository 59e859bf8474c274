// The search for an exit policy: every policy of the spaces is tried on all calls, judged, and
// recorded as a trial.  The rules are in docs/guide/optimize.md.
#pragma once

#include "backtest/optimize_options.h"
#include "backtest/options.h"
#include "base/result.h"

namespace daybook::backtest {

// Runs a search (run_type grid_search or random_search, with folds walk_forward); see run_policy().
// Resumed, it records only the trials that the ledger does not have, and warns of how many it has;
// the rows are those of a run that was never interrupted.
Result<RunSummary> run_optimize(const OptimizeOptions& options, const RunContext& context);

}  // namespace daybook::backtest
