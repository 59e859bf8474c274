#include "backtest/portfolio_documents.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "backtest/document_parts.h"
#include "backtest/documents.h"
#include "backtest/inputs.h"

namespace daybook::backtest {
namespace {

using artifact::Cell;
using artifact::Table;
using enum duck::ColumnType;

// Of the last sale; that of a position which was opened.
std::int64_t exit_of(const Candidate& candidate) {
    std::int64_t last = candidate.entry_ts_ms;
    for (const Sale& sale : candidate.sales) last = std::max(last, sale.ts_ms);
    return last;
}

}  // namespace

std::string config_json(const PortfolioOptions& options) {
    Document document = Document::parse(config_json(options.policy));
    document["initial_capital"] = options.rules.initial_capital;
    document["max_positions"] = options.rules.max_positions;
    document["fraction"] = options.rules.fraction;
    document["risk"] = nullable(options.risk);
    document["periods_per_year"] = periods_per_year(options);
    return dump(document);
}

SkipCounts count_skips(const Simulation& simulation) {
    SkipCounts counts = {{to_string(Skip::kMaxPositions), 0},
                         {to_string(Skip::kNoCapital), 0},
                         {to_string(Skip::kCosts), 0}};
    for (const Position& position : simulation.positions) {
        if (position.skipped) ++counts[to_string(*position.skipped)];
    }
    return counts;
}

std::string simulate_summary(const Simulation& simulation) {
    Document skipped = Document::object();
    std::int64_t opened = std::ssize(simulation.positions);
    for (const auto& [reason, count] : count_skips(simulation)) {
        skipped[std::string(reason)] = count;
        opened -= count;
    }
    return dump({{"candidates", simulation.positions.size()},
                 {"positions", opened},
                 {"skipped", skipped},
                 {"marks", simulation.curve.size()}});
}

std::string with_figures(const std::string& base, const PortfolioFigures& figures,
                         const SkipCounts& skips, double initial_capital) {
    Document document = Document::parse(base);
    document["calls_skipped"] = Document::object();
    for (const auto& [reason, count] : skips) {
        document["calls_skipped"][std::string(reason)] = count;
    }
    document["initial_capital"] = initial_capital;
    document["final_equity"] = figures.final_equity;
    document["total_return"] = figures.total_return;
    document["max_drawdown"] = figures.max_drawdown;
    document["cagr"] = nullable(figures.cagr);
    document["sharpe"] = nullable(figures.sharpe);
    document["sortino"] = nullable(figures.sortino);
    document["exposure"] = figures.exposure;
    document["turnover"] = figures.turnover;
    document["days"] = figures.days;
    document["day_returns"] = figures.day_returns;
    return dump(document);
}

Table positions_table(const TableContext& context, const std::string& policy_id,
                      std::span<const Candidate> candidates, std::span<const std::size_t> calls,
                      const Simulation& simulation) {
    Table table({{"run_id", kVarchar},
                 {"policy_id", kVarchar},
                 {"call_id", kVarchar},
                 {"caller_name", kVarchar},
                 {"mint", kVarchar},
                 {"entry_ts_ms", kBigint},
                 {"exit_ts_ms", kBigint},
                 {"equity", kDouble},
                 {"cash", kDouble},
                 {"opened", kBoolean},
                 {"reason", kVarchar},
                 {"stake", kDouble},
                 {"units", kDouble},
                 {"proceeds", kDouble},
                 {"pnl", kDouble}});
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const Call& call = context.inputs.calls.calls[calls[i]];
        const Position& position = simulation.positions[i];
        const bool opened = !position.skipped;
        const auto if_opened = [&](double value) {
            return opened ? Cell(value) : Cell(std::nullopt);
        };
        table.add_row({context.run_id, policy_id, call.id, call.caller, call.mint,
                       candidates[i].entry_ts_ms,
                       opened ? Cell(exit_of(candidates[i])) : Cell(std::nullopt), position.equity,
                       position.cash, opened,
                       opened ? Cell(std::nullopt) : Cell(to_string(*position.skipped)),
                       if_opened(position.stake), if_opened(position.units),
                       if_opened(position.proceeds), if_opened(position.pnl())});
    }
    return table;
}

Table equity_table(const std::string& run_id, double initial_capital,
                   const Simulation& simulation) {
    Table table({{"run_id", kVarchar},
                 {"ts_ms", kBigint},
                 {"equity", kDouble},
                 {"cash", kDouble},
                 {"invested", kDouble},
                 {"positions", kBigint},
                 {"drawdown", kDouble}});
    const std::vector<double> falls = drawdowns(initial_capital, simulation.curve);
    for (std::size_t i = 0; i < falls.size(); ++i) {
        const EquityPoint& point = simulation.curve[i];
        table.add_row({run_id, point.ts_ms, point.equity(), point.cash, point.invested,
                       point.positions, falls[i]});
    }
    return table;
}

}  // namespace daybook::backtest
