#include "backtest/portfolio_run.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/policy_run.h"
#include "backtest/portfolio_documents.h"
#include "backtest/portfolio_figures.h"
#include "backtest/position_size.h"
#include "backtest/session.h"

namespace daybook::backtest {
namespace {

constexpr double kCapitalMax = 1e15;
constexpr std::int64_t kPositionsMax = 1'000'000;
constexpr double kPeriodsMax = 1e6;

Status check_number(std::string_view option, double found, double most, bool fraction = false) {
    if (std::isfinite(found) && found > 0 && found <= most) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected {} above 0 and at most {}",
                option, found, fraction ? "a fraction" : "a number", most);
}

Status check_rules(const PortfolioOptions& options) {
    const PortfolioRules& rules = options.rules;
    RETURN_IF_ERROR(check_number("initial-capital", rules.initial_capital, kCapitalMax));
    RETURN_IF_ERROR(check_number("fraction", rules.fraction, 1, true));
    if (options.periods_per_year) {
        RETURN_IF_ERROR(check_number("periods-per-year", *options.periods_per_year, kPeriodsMax));
    }
    if (rules.max_positions < 1 || rules.max_positions > kPositionsMax) {
        return fail(ErrorCode::kInvalidArgument, "max-positions: found '{}', expected 1 to {}",
                    rules.max_positions, kPositionsMax);
    }
    return {};
}

Status check_risk(const PortfolioOptions& options) {
    if (!options.risk) return {};
    RETURN_IF_ERROR(check_number("risk", *options.risk, 1, true));
    if (first_stop(options.policy.policy)) return {};
    return fail(ErrorCode::kInvalidArgument,
                "risk: found '{}', but {} has no stop that bounds a loss from the entry on; give "
                "it stopPct or hardStopPct, or leave the risk out",
                *options.risk, policy_id(options.policy.policy));
}

double first_stake(const PortfolioRules& rules) { return rules.fraction * rules.initial_capital; }

// The models that need a notional take the stake for it, whatever that is at the entry; this is
// what they get where trades are made before their stakes are known.  Only a combo whose policies
// end at the same moment hangs on it: by it their nets are compared.
PolicyOptions with_notional(const PortfolioOptions& options) {
    PolicyOptions policy = options.policy;
    if (costs_hang_on_value(policy.orders)) policy.orders.notional = first_stake(options.rules);
    return policy;
}

Status check_costs(const PortfolioOptions& options) {
    const OrderOptions& orders = options.policy.orders;
    if (orders.notional) {
        return fail(ErrorCode::kInvalidArgument,
                    "notional: found '{}', but in a portfolio orders are worth what the position "
                    "costs; leave it out",
                    *orders.notional);
    }
    const double stake = first_stake(options.rules);
    if (orders.cost_model == CostModel::kFixed && orders.fixed_cost.value_or(0) > stake / 2) {
        return fail(ErrorCode::kInvalidArgument,
                    "fixed-cost: found '{}', expected at most half of {}, what the first position "
                    "should cost",
                    *orders.fixed_cost, stake);
    }
    return check_policy_options(with_notional(options));
}

// The calls that were traded, in their order, as candidates.
struct Candidates {
    std::vector<std::size_t> calls;
    std::vector<Candidate> trades;
};

Candidates candidates_of(const Session& session, const Executed& executed,
                         std::int64_t interval_ms) {
    Candidates candidates;
    for (std::size_t i = 0; i < executed.results.size(); ++i) {
        if (!executed.results[i]) continue;
        const Trade& trade = *executed.results[i];
        const BarsView& bars = session.calls()[i].trading;
        const std::size_t entry = first_at_or_after(bars, trade.entry_ts_ms - interval_ms);
        const BarsView held = bars.slice(entry, bars.size);
        candidates.calls.push_back(i);
        candidates.trades.push_back({.entry_ts_ms = trade.entry_ts_ms,
                                     .entry_px = trade.entry_px,
                                     .sales = sales_of(executed.fills[i], entry, held, interval_ms),
                                     .bars = held});
    }
    return candidates;
}

// The closes of all loaded bars from the first entry on.
std::vector<std::int64_t> marks_of(const Inputs& inputs, const std::vector<Candidate>& candidates,
                                   std::int64_t interval_ms) {
    std::vector<std::int64_t> marks;
    if (candidates.empty()) return marks;
    const auto earlier = [](const Candidate& a, const Candidate& b) {
        return a.entry_ts_ms < b.entry_ts_ms;
    };
    const std::int64_t begin =
        std::min_element(candidates.begin(), candidates.end(), earlier)->entry_ts_ms;
    for (const auto& [symbol, bars] : inputs.candles.bars) {
        for (const std::int64_t open : bars.ts) {
            if (open + interval_ms >= begin) marks.push_back(open + interval_ms);
        }
    }
    std::sort(marks.begin(), marks.end());
    marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
    return marks;
}

// Leaves the trades of the positions that were opened, so that what follows counts no other.  Where
// costs hang on the value of an order, their nets are those of the positions' own size.
void keep_opened(Executed& executed, const Candidates& candidates, const Simulation& simulation,
                 bool costs_hang_on_value) {
    executed.trades.clear();
    executed.exit_reasons.clear();
    for (std::size_t i = 0; i < candidates.calls.size(); ++i) {
        std::optional<Trade>& trade = executed.results[candidates.calls[i]];
        const Position& position = simulation.positions[i];
        if (position.skipped) {
            trade.reset();
            continue;
        }
        if (costs_hang_on_value) trade->net_bps = position.pnl() / position.stake * 1e4;
        executed.trades.push_back(*trade);
        ++executed.exit_reasons[to_string(trade->reason)];
    }
}

PortfolioModel model_of(const PortfolioOptions& options) {
    const PolicyOptions& policy = options.policy;
    PortfolioModel model{
        .rules = options.rules,
        .costs = {.side_cost = side_cost(policy.orders, policy.taker_fee_bps, policy.slippage_bps),
                  .orders = policy.orders},
        .interval_ms = policy.input.interval.ms};
    if (options.risk) {
        model.risk = {.share = *options.risk, .stop = *first_stop(policy.policy)};
    }
    return model;
}

class PortfolioRun {
public:
    PortfolioRun(const PortfolioOptions& options, Session& session, const RunContext& context)
        : options_(options), session_(session), context_(context) {}

    Result<RunSummary> run() {
        const std::int64_t begin_ns = context_.clock.monotonic_ns();
        RETURN_IF_ERROR(phase("execute", &PortfolioRun::execute));
        RETURN_IF_ERROR(phase("simulate", &PortfolioRun::simulate));
        RETURN_IF_ERROR(phase("store", &PortfolioRun::store));
        const auto aggregate = [&]() { return this->aggregate(begin_ns); };
        RETURN_IF_ERROR(session_.events().phase("aggregate", aggregate));
        return session_.complete(summary_, executed_.trades.size());
    }

private:
    Status phase(std::string_view name, Result<std::string> (PortfolioRun::*body)()) {
        return session_.events().phase(name, [&] { return (this->*body)(); });
    }

    Result<std::string> execute() {
        executed_ = execute_all(session_, with_notional(options_), Keep::kFills);
        return execute_summary(std::ssize(executed_.trades), executed_.bar_steps);
    }

    Result<std::string> simulate() {
        const Inputs& inputs = session_.inputs();
        const PortfolioModel model = model_of(options_);
        candidates_ = candidates_of(session_, executed_, model.interval_ms);
        simulation_ = backtest::simulate(
            candidates_.trades, marks_of(inputs, candidates_.trades, model.interval_ms), model);
        figures_ =
            portfolio_figures(simulation_, model.rules.initial_capital,
                              {inputs.calendar, model.interval_ms}, periods_per_year(options_));
        keep_opened(executed_, candidates_, simulation_,
                    costs_hang_on_value(options_.policy.orders));
        return simulate_summary(simulation_);
    }

    Result<std::string> store() {
        const TableContext context = session_.table_context();
        RETURN_IF_ERROR(session_.store_calls());
        RETURN_IF_ERROR(session_.store_table(
            "positions",
            positions_table(context, id_, candidates_.trades, candidates_.calls, simulation_)));
        RETURN_IF_ERROR(session_.store_table(
            "equity", equity_table(context.run_id, options_.rules.initial_capital, simulation_)));
        RETURN_IF_ERROR(
            session_.store_table("trades", trades_table(context, id_, executed_.results)));
        return stored_summary(session_.take_stored());
    }

    Result<std::string> aggregate(std::int64_t begin_ns) {
        const TradeAggregates aggregates = backtest::aggregate(executed_.trades);
        const CallCounts& counts = session_.counts();
        const auto add_figures = [&](const std::string& base) {
            return with_figures(base, figures_, count_skips(simulation_),
                                options_.rules.initial_capital);
        };
        std::string metrics = metrics_json(aggregates, counts);
        summary_ = add_figures(summary_json(
            session_.summary_head(), counts, id_, aggregates, executed_.exit_reasons,
            options_.policy.orders.plain() ? std::nullopt : std::optional(executed_.orders)));
        RETURN_IF_ERROR(session_.store_table(
            "summary", summary_table(session_.run_id(), id_, counts, aggregates)));
        RETURN_IF_ERROR(session_.store_json("summary_json", "summary", summary_));
        RETURN_IF_ERROR(
            session_.events().trial(id_, to_json(options_.policy.policy), add_figures(metrics),
                                    (context_.clock.monotonic_ns() - begin_ns) / 1'000'000));
        return metrics;
    }

    const PortfolioOptions& options_;
    Session& session_;
    const RunContext& context_;
    std::string id_ = options_.policy.policy_id.value_or(policy_id(options_.policy.policy));
    Executed executed_;
    Candidates candidates_;
    Simulation simulation_;
    PortfolioFigures figures_;
    std::string summary_;
};

}  // namespace

double periods_per_year(const PortfolioOptions& options) {
    if (options.periods_per_year) return *options.periods_per_year;
    return calendar_kind(options.policy.input) == CalendarKind::kObserved ? 252 : 365;
}

Status check_portfolio_options(const PortfolioOptions& options) {
    const PolicyOptions& policy = options.policy;
    RETURN_IF_ERROR(check_rules(options));
    RETURN_IF_ERROR(check_costs(options));
    if (policy.execution == Execution::kClassic) {
        return fail(ErrorCode::kInvalidArgument,
                    "execution: found 'classic', expected strict: classic closes positions at the "
                    "open of a bar by prices from inside it, so their money would be spent before "
                    "it is there");
    }
    RETURN_IF_ERROR(check_risk(options));
    return check_max_hold(policy.input, policy.execution, longest_hold_ms(policy.policy));
}

Result<RunSummary> run_portfolio(const PortfolioOptions& options, const RunContext& context) {
    RETURN_IF_ERROR(check_portfolio_options(options));
    const PolicyOptions& policy = options.policy;
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = "portfolio",
                                     .input = policy.input,
                                     .run = policy.run,
                                     .config_json = config_json(options),
                                     .longest_hold_ms = longest_hold_ms(policy.policy),
                                     .needs = {.latency_bars = policy.orders.latency_bars,
                                               .volume = policy.orders.needs_volume()}},
                                    context));
    return PortfolioRun(options, *session, context).run();
}

}  // namespace daybook::backtest
