#include "backtest/outcomes.h"

#include "backtest/parallel.h"
#include "base/check.h"

namespace daybook::backtest {

static_assert(sizeof(TradeOutcome) == 40);

TradeOutcome compact(const Trade& trade) {
    TradeOutcome outcome{.net_bps = trade.net_bps,
                         .mae_bps = trade.max_adverse_excursion_bps,
                         .time_exposed_ms = trade.time_exposed_ms,
                         .exit_bar = static_cast<std::uint32_t>(trade.exit_bar),
                         .reason = trade.reason,
                         .has_trade = true};
    if (trade.tail_capture) outcome.tail_capture = *trade.tail_capture;
    return outcome;
}

void OutcomeMatrix::fill(std::size_t first, std::size_t last, unsigned threads,
                         const Trader& trader, const std::function<bool()>& cancelled,
                         const std::function<void(std::size_t)>& progress) {
    DAYBOOK_CHECK(first <= last && last * calls_ <= outcomes_.size());
    const auto follow = [&](std::size_t call) {
        if (cancelled && cancelled()) return;
        for (std::size_t policy = first; policy < last; ++policy) {
            const std::optional<Trade> trade = trader(policy, call);
            if (trade) outcomes_[policy * calls_ + call] = compact(*trade);
        }
    };
    parallel_for(calls_, threads, follow, progress);
}

}  // namespace daybook::backtest
