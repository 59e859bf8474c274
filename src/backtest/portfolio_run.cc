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

Status check_portfolio_options(const PortfolioOptions& options) {
    RETURN_IF_ERROR(check_policy_options(options.policy));
    if (options.policy.execution == Execution::kClassic) {
        return fail(ErrorCode::kInvalidArgument,
                    "execution: found 'classic', expected strict: classic closes positions at the "
                    "open of a bar by prices from inside it, so their money would be spent before "
                    "it is there");
    }
    const PortfolioRules& rules = options.rules;
    RETURN_IF_ERROR(check_number("initial-capital", rules.initial_capital, kCapitalMax));
    RETURN_IF_ERROR(check_number("fraction", rules.fraction, 1, true));
    if (options.risk) RETURN_IF_ERROR(check_number("risk", *options.risk, 1, true));
    if (options.periods_per_year) {
        RETURN_IF_ERROR(check_number("periods-per-year", *options.periods_per_year, kPeriodsMax));
    }
    if (rules.max_positions < 1 || rules.max_positions > kPositionsMax) {
        return fail(ErrorCode::kInvalidArgument, "max-positions: found '{}', expected 1 to {}",
                    rules.max_positions, kPositionsMax);
    }
    return {};
}

double side_cost_of(const PolicyOptions& policy) {
    return side_cost(policy.orders, policy.taker_fee_bps, policy.slippage_bps);
}

// The calls that were traded, in their order, as candidates.
struct Candidates {
    std::vector<std::size_t> calls;
    std::vector<Candidate> trades;
};

Candidates candidates_of(const Session& session, const Executed& executed,
                         const PortfolioOptions& options) {
    const std::int64_t interval_ms = options.policy.input.interval.ms;
    Candidates candidates;
    for (std::size_t i = 0; i < executed.results.size(); ++i) {
        if (!executed.results[i]) continue;
        const Trade& trade = *executed.results[i];
        const BarsView& bars = session.calls()[i].trading;
        const std::size_t entry = first_at_or_after(bars, trade.entry_ts_ms - interval_ms);
        candidates.calls.push_back(i);
        candidates.trades.push_back(
            {.entry_ts_ms = trade.entry_ts_ms,
             .exit_ts_ms = trade.exit_ts_ms,
             .exit_at_open = trade.exit_ts_ms < bars.ts[trade.exit_bar] + interval_ms,
             .entry_px = trade.entry_px,
             .entry_cost = side_cost_of(options.policy),
             .net_bps = trade.net_bps,
             .bars = bars.slice(entry, bars.size)});
    }
    return candidates;
}

// The closes of all loaded bars from the first entry on, until the last exit is marked.
std::vector<std::int64_t> marks_of(const Inputs& inputs, const std::vector<Candidate>& candidates,
                                   std::int64_t interval_ms) {
    std::vector<std::int64_t> marks;
    if (candidates.empty()) return marks;
    std::int64_t begin = candidates[0].entry_ts_ms;
    std::int64_t end = begin;
    for (const Candidate& candidate : candidates) {
        begin = std::min(begin, candidate.entry_ts_ms);
        end = std::max(end, candidate.exit_ts_ms + (candidate.exit_at_open ? interval_ms : 0));
    }
    for (const auto& [symbol, bars] : inputs.candles.bars) {
        for (const std::int64_t open : bars.ts) {
            const std::int64_t close = open + interval_ms;
            if (close >= begin && close <= end) marks.push_back(close);
        }
    }
    std::sort(marks.begin(), marks.end());
    marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
    return marks;
}

// Leaves the trades of the positions that were opened, so that what follows counts no other.
void keep_opened(Executed& executed, const Candidates& candidates, const Simulation& simulation) {
    executed.trades.clear();
    executed.exit_reasons.clear();
    for (std::size_t i = 0; i < candidates.calls.size(); ++i) {
        std::optional<Trade>& trade = executed.results[candidates.calls[i]];
        if (simulation.positions[i].skipped) {
            trade.reset();
            continue;
        }
        executed.trades.push_back(*trade);
        ++executed.exit_reasons[to_string(trade->reason)];
    }
}

class PortfolioRun {
public:
    PortfolioRun(const PortfolioOptions& options, PortfolioRules rules, Session& session,
                 const RunContext& context)
        : options_(options), rules_(rules), session_(session), context_(context) {}

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
        executed_ = execute_all(session_, options_.policy);
        return execute_summary(std::ssize(executed_.trades), executed_.bar_steps);
    }

    Result<std::string> simulate() {
        const std::int64_t interval_ms = options_.policy.input.interval.ms;
        candidates_ = candidates_of(session_, executed_, options_);
        simulation_ = backtest::simulate(
            candidates_.trades,
            marks_of(session_.table_context().inputs, candidates_.trades, interval_ms), interval_ms,
            rules_);
        return simulate_summary(simulation_);
    }

    Result<std::string> store() {
        const TableContext context = session_.table_context();
        RETURN_IF_ERROR(session_.store_calls());
        RETURN_IF_ERROR(session_.store_table(
            "positions",
            positions_table(context, id_, executed_.results, candidates_.calls, simulation_)));
        RETURN_IF_ERROR(session_.store_table(
            "equity", equity_table(context.run_id, rules_.initial_capital, simulation_)));
        keep_opened(executed_, candidates_, simulation_);
        RETURN_IF_ERROR(
            session_.store_table("trades", trades_table(context, id_, executed_.results)));
        return stored_summary(session_.take_stored());
    }

    Result<std::string> aggregate(std::int64_t begin_ns) {
        const TradeAggregates aggregates = backtest::aggregate(executed_.trades);
        const CallCounts& counts = session_.counts();
        const auto add_figures = [&](const std::string& base) {
            return with_figures(base, figures(), count_skips(simulation_), rules_.initial_capital);
        };
        std::string metrics = metrics_json(aggregates, counts);
        summary_ = add_figures(
            summary_json(session_.summary_head(), counts, id_, aggregates, executed_.exit_reasons));
        RETURN_IF_ERROR(session_.store_table(
            "summary", summary_table(session_.run_id(), id_, counts, aggregates)));
        RETURN_IF_ERROR(session_.store_json("summary_json", "summary", summary_));
        RETURN_IF_ERROR(
            session_.events().trial(id_, to_json(options_.policy.policy), add_figures(metrics),
                                    (context_.clock.monotonic_ns() - begin_ns) / 1'000'000));
        return metrics;
    }

    PortfolioFigures figures() const {
        std::int64_t begin_ms = 0;
        if (!simulation_.curve.empty()) begin_ms = simulation_.curve.front().ts_ms;
        return portfolio_figures(simulation_, rules_.initial_capital, begin_ms,
                                 session_.table_context().inputs.calendar,
                                 periods_per_year(options_));
    }

    const PortfolioOptions& options_;
    PortfolioRules rules_;  // the risk taken into account
    Session& session_;
    const RunContext& context_;
    std::string id_ = options_.policy.policy_id.value_or(policy_id(options_.policy.policy));
    Executed executed_;
    Candidates candidates_;
    Simulation simulation_;
    std::string summary_;
};

}  // namespace

double periods_per_year(const PortfolioOptions& options) {
    if (options.periods_per_year) return *options.periods_per_year;
    return calendar_kind(options.policy.input) == CalendarKind::kObserved ? 252 : 365;
}

Result<RunSummary> run_portfolio(const PortfolioOptions& options, const RunContext& context) {
    RETURN_IF_ERROR(check_portfolio_options(options));
    const PolicyOptions& policy = options.policy;
    const std::int64_t longest = longest_hold_ms(policy.policy);
    RETURN_IF_ERROR(check_max_hold(policy.input, policy.execution, longest));
    PortfolioRules rules = options.rules;
    ASSIGN_OR_RETURN(rules.fraction, position_fraction(rules.fraction, options.risk, policy.policy,
                                                       side_cost_of(policy)));
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = "portfolio",
                                     .input = policy.input,
                                     .run = policy.run,
                                     .config_json = config_json(options),
                                     .longest_hold_ms = longest,
                                     .needs = {.latency_bars = policy.orders.latency_bars,
                                               .volume = policy.orders.needs_volume()}},
                                    context));
    return PortfolioRun(options, rules, *session, context).run();
}

}  // namespace daybook::backtest
