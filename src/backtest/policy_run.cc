// Also run_policy() of options.h.
#include "backtest/policy_run.h"

#include <utility>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/engine.h"
#include "backtest/orders.h"
#include "base/limits.h"
#include "base/text.h"

namespace daybook::backtest {

Status check_policy_options(const PolicyOptions& options) {
    RETURN_IF_ERROR(check_order_options(options.orders));
    RETURN_IF_ERROR(check_side_costs(options.orders, options.taker_fee_bps, options.slippage_bps));
    if (const auto& id = options.policy_id;
        id && (id->empty() || id->size() > kNameBytesMax || printable(*id, id->size()) != *id)) {
        return fail(ErrorCode::kInvalidArgument,
                    "policy-id: found '{}', expected 1 to {} bytes without control characters",
                    printable(*id), kNameBytesMax);
    }
    return check_policy(options.policy);
}

void count_orders(const Outcome& outcome, OrderCounts& counts) {
    counts.sales_rejected += outcome.sales_rejected;
    if (!outcome.no_trade) return;
    switch (*outcome.no_trade) {
        case NoTrade::kRejected: ++counts.entries_rejected; break;
        case NoTrade::kNoVolume: ++counts.entries_no_volume; break;
        case NoTrade::kNoBar: ++counts.entries_too_late; break;
    }
}

Executed execute_all(Session& session, const PolicyOptions& options, Keep keep) {
    const ExecutionModel model = execution_model(options);
    Executed executed;
    std::vector<Outcome> outcomes(session.calls().size());
    if (keep == Keep::kFills) executed.fills.resize(outcomes.size());
    session.for_each_call("execute", [&](std::size_t i) {
        const BarsView& bars = session.calls()[i].trading;
        if (keep == Keep::kTrades) {
            outcomes[i] =
                trade_call(options.policy, bars, model, options.orders, session.call_id(i));
            return;
        }
        FilledOutcome filled =
            trade_call_with_fills(options.policy, bars, model, options.orders, session.call_id(i));
        outcomes[i] = filled.outcome;
        executed.fills[i] = std::move(filled.fills);
    });
    for (const Outcome& outcome : outcomes) {
        executed.results.push_back(outcome.trade);
        count_orders(outcome, executed.orders);
        const auto& result = outcome.trade;
        if (!result) continue;
        executed.trades.push_back(*result);
        executed.bar_steps += static_cast<std::int64_t>(result->exit_bar) + 1;
        ++executed.exit_reasons[to_string(result->reason)];
    }
    return executed;
}

Result<RunSummary> run_policy(const PolicyOptions& options, const RunContext& context) {
    RETURN_IF_ERROR(check_policy_options(options));
    RETURN_IF_ERROR(
        check_max_hold(options.input, options.execution, longest_hold_ms(options.policy)));
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = "policy",
                                     .input = options.input,
                                     .run = options.run,
                                     .config_json = config_json(options),
                                     .longest_hold_ms = longest_hold_ms(options.policy),
                                     .needs = {.latency_bars = options.orders.latency_bars,
                                               .volume = options.orders.needs_volume()}},
                                    context));
    const std::string id = options.policy_id.value_or(policy_id(options.policy));
    const std::int64_t begin_ns = context.clock.monotonic_ns();
    Executed executed;
    const auto execute = [&]() -> Result<std::string> {
        executed = execute_all(*session, options);
        return execute_summary(std::ssize(executed.trades), executed.bar_steps);
    };
    RETURN_IF_ERROR(session->events().phase("execute", execute));

    const auto store = [&]() -> Result<std::string> {
        RETURN_IF_ERROR(session->store_calls());
        RETURN_IF_ERROR(session->store_table(
            "trades", trades_table(session->table_context(), id, executed.results)));
        return stored_summary(session->take_stored());
    };
    RETURN_IF_ERROR(session->events().phase("store", store));

    std::string summary;
    const auto aggregate = [&]() -> Result<std::string> {
        const TradeAggregates aggregates = backtest::aggregate(executed.trades);
        std::string metrics = metrics_json(aggregates, session->counts());
        summary = summary_json(
            session->summary_head(), session->counts(), id, aggregates, executed.exit_reasons,
            options.orders.plain() ? std::nullopt : std::optional(executed.orders));
        RETURN_IF_ERROR(session->store_table(
            "summary", summary_table(session->run_id(), id, session->counts(), aggregates)));
        RETURN_IF_ERROR(session->store_json("summary_json", "summary", summary));
        RETURN_IF_ERROR(
            session->events().trial(id, to_json(options.policy), metrics,
                                    (context.clock.monotonic_ns() - begin_ns) / 1'000'000));
        return metrics;
    };
    RETURN_IF_ERROR(session->events().phase("aggregate", aggregate));

    return session->complete(summary, executed.trades.size());
}

}  // namespace daybook::backtest
