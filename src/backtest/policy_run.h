// The parts of a policy run that other runs of one policy share.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "backtest/engine.h"
#include "backtest/options.h"
#include "backtest/orders.h"
#include "backtest/results.h"
#include "backtest/session.h"

namespace daybook::backtest {

// Refuses options that make no sense, naming the option, what was found and what was expected.
Status check_policy_options(const PolicyOptions& options);

// Adds what has become of the orders of one call.
void count_orders(const Outcome& outcome, OrderCounts& counts);

struct Executed {
    TradeResults results;       // by call
    std::vector<Trade> trades;  // those there are, in the order of the calls
    std::int64_t bar_steps = 0;
    std::map<std::string_view, std::int64_t> exit_reasons;
    OrderCounts orders;
    std::vector<std::vector<Fill>> fills;  // by call; see Keep
};

// How trades are executed and what a side costs, as the options of a policy or a search say.
ExecutionModel execution_model(const auto& options) {
    return {.execution = options.execution,
            .interval_ms = options.input.interval.ms,
            .side_cost = side_cost(options.orders, options.taker_fee_bps, options.slippage_bps)};
}

// Whether the sales that trades consist of are kept.
enum class Keep { kTrades, kFills };

// Trades every call of the session that can be entered, by the run's threads.
Executed execute_all(Session& session, const PolicyOptions& options, Keep keep = Keep::kTrades);

}  // namespace daybook::backtest
