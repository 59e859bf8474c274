// What many policies made of many calls, compactly.
//
// A policy's trade of a call hangs on nothing but the two, so that one evaluation serves every
// choice of calls: all of them, those of a caller, a fold's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "backtest/engine.h"

namespace daybook::backtest {

// A trade as far as aggregates and scores look at it: 40 bytes.
struct TradeOutcome {
    double net_bps = 0;
    double mae_bps = 0;  // max_adverse_excursion_bps
    // NaN: none.
    double tail_capture = std::numeric_limits<double>::quiet_NaN();
    std::int64_t time_exposed_ms = 0;
    std::uint32_t exit_bar = 0;
    ExitReason reason = ExitReason::kEndOfData;
    bool has_trade = false;  // the call was eligible and could be entered
};

TradeOutcome compact(const Trade& trade);

// One outcome a (policy, call), by index.
class OutcomeMatrix {
public:
    OutcomeMatrix(std::size_t policies, std::size_t calls)
        : calls_(calls), outcomes_(policies * calls) {}

    // What `policy` made of each call, in the order of the calls.
    std::span<const TradeOutcome> of_policy(std::size_t policy) const {
        return std::span(outcomes_).subspan(policy * calls_, calls_);
    }
    std::size_t policies() const { return calls_ == 0 ? 0 : outcomes_.size() / calls_; }
    std::size_t calls() const { return calls_; }

    // The trade of a policy and a call; nullopt where there is none.  Called from all threads.
    using Trader = std::function<std::optional<Trade>(std::size_t policy, std::size_t call)>;

    // Fills in what the policies [first, last) make of all calls, by `threads` threads (0: one for
    // each processor).  A thread follows all these policies through one call before it takes the
    // next, whose bars then stay in its cache.  The outcome does not depend on the number of
    // threads.  `cancelled`, if set, is asked before each call: if it says so, what is left stays
    // empty.  `progress(calls)`, if set, is called now and then by the caller's thread.
    void fill(std::size_t first, std::size_t last, unsigned threads, const Trader& trader,
              const std::function<bool()>& cancelled = {},
              const std::function<void(std::size_t)>& progress = {});

private:
    std::size_t calls_;
    std::vector<TradeOutcome> outcomes_;  // policy by policy
};

}  // namespace daybook::backtest
