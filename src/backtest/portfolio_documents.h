// The JSON documents and the rows of a portfolio run; see documents.h and tables.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "artifact/table.h"
#include "backtest/portfolio_figures.h"
#include "backtest/portfolio_run.h"
#include "backtest/tables.h"

namespace daybook::backtest {

// The policy run's configuration, and what the portfolio adds.
std::string config_json(const PortfolioOptions& options);

// Calls that could be traded, by why they were not; all reasons are always there.
using SkipCounts = std::map<std::string_view, std::int64_t>;
SkipCounts count_skips(const Simulation& simulation);

std::string simulate_summary(const Simulation& simulation);

// `base`, a JSON object (a policy's metrics or summary), and the figures after its fields.
std::string with_figures(const std::string& base, const PortfolioFigures& figures,
                         const SkipCounts& skips, double initial_capital);

// A row a candidate; `calls` are the calls' indexes, by candidate, as `candidates` is.
artifact::Table positions_table(const TableContext& context, const std::string& policy_id,
                                std::span<const Candidate> candidates,
                                std::span<const std::size_t> calls, const Simulation& simulation);
// A row a mark.
artifact::Table equity_table(const std::string& run_id, double initial_capital,
                             const Simulation& simulation);

}  // namespace daybook::backtest
