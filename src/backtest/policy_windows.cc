#include "backtest/policy_windows.h"

#include <map>

#include "backtest/coverage.h"

namespace daybook::backtest {

PolicyWindows::PolicyWindows(const Inputs& inputs, const std::vector<PreparedCall>& calls,
                             std::span<const Policy> policies, const WindowSpec& spec)
    : calls_(calls) {
    std::map<std::int64_t, std::size_t> index_of_hold;
    for (const Policy& policy : policies) {
        WindowSpec own = spec;
        own.longest_hold_ms = longest_hold_ms(policy);
        const auto [hold, is_new] = index_of_hold.try_emplace(own.longest_hold_ms, reaches_.size());
        if (is_new) reaches_.push_back(reaches(inputs, own));
        hold_of_.push_back(hold->second);
    }
}

std::vector<PolicyWindows::Reach> PolicyWindows::reaches(const Inputs& inputs,
                                                         const WindowSpec& spec) const {
    std::vector<Reach> all(calls_.size());
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        const BarsView& trading = calls_[i].trading;
        const auto window = inputs.calendar.window(inputs.calls.calls[i].created_at_ms, spec);
        if (!calls_[i].can_enter() || !window) continue;
        const std::size_t bars = first_at_or_after(trading, window->end_ms);
        all[i] = {.bars = static_cast<std::uint32_t>(bars),
                  .truncated = bars > 0 && ends_early(*window, trading.ts[bars - 1])};
    }
    return all;
}

BarsView PolicyWindows::bars(std::size_t policy, std::size_t call) const {
    return calls_[call].trading.slice(0, reaches_[hold_of_[policy]][call].bars);
}

std::vector<PreparedCall> PolicyWindows::calls_of(std::size_t policy) const {
    std::vector<PreparedCall> calls = calls_;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (!calls[i].can_enter()) continue;
        calls[i].trading = bars(policy, i);
        calls[i].coverage.truncated = reaches_[hold_of_[policy]][i].truncated;
        if (calls[i].trading.size == 0) calls[i].no_entry = "no_anchor";
    }
    return calls;
}

}  // namespace daybook::backtest
