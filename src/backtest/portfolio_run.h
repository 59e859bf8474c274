// A portfolio run: the trades of one policy, as one purse can afford them.
//
// Its phases are those of a policy run, with `simulate` after `execute`.
#pragma once

#include <optional>

#include "backtest/options.h"
#include "backtest/portfolio.h"

namespace daybook::backtest {

struct PortfolioOptions {
    // strict only: classic would use the money of exits not yet known.  No notional: what a
    // position costs is what its orders are worth.
    PolicyOptions policy;
    PortfolioRules rules;
    // Of the equity at the entry, what a stop that fills at its level may lose; (0, 1].
    std::optional<double> risk;
    // What ratios are scaled to.  Unset: 252 with the observed calendar, else 365.
    std::optional<double> periods_per_year;
};

// `periods_per_year`, or what applies without it.
double periods_per_year(const PortfolioOptions& options);

// Refuses options that make no sense, naming the option, what was found and what was expected.
Status check_portfolio_options(const PortfolioOptions& options);

// As run_policy() does, with the artifacts `trades` (of the positions that were opened),
// `positions` (of every trade that could be made: its size, or why it was skipped) and `equity`.
Result<RunSummary> run_portfolio(const PortfolioOptions& options, const RunContext& context);

}  // namespace daybook::backtest
