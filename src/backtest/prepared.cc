#include "backtest/prepared.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace daybook::backtest {
namespace {

BarsView bars_inside(const Inputs& inputs, const std::string& symbol, const Window& window) {
    const auto series = inputs.candles.bars.find(symbol);
    if (series == inputs.candles.bars.end()) return {};
    const BarsView all = series->second.view();
    return all.slice(first_at_or_after(all, window.begin_ms),
                     first_at_or_after(all, window.end_ms));
}

bool has_dropped(const Inputs& inputs, const std::string& symbol, const Window& window) {
    const auto found = inputs.candles.dropped.find(symbol);
    if (found == inputs.candles.dropped.end()) return false;
    const auto first =
        std::lower_bound(found->second.begin(), found->second.end(), window.begin_ms);
    return first != found->second.end() && *first < window.end_ms;
}

PreparedCall prepare(const Inputs& inputs, std::size_t index, const InputOptions& options) {
    const Call& call = inputs.calls.calls[index];
    const std::optional<Window>& window = inputs.windows[index];
    PreparedCall prepared;
    if (window) prepared.window = bars_inside(inputs, call.mint, *window);
    prepared.coverage = judge_coverage(
        inputs.calendar, window, std::span(prepared.window.ts, prepared.window.size),
        window && has_dropped(inputs, call.mint, *window),
        {.min_coverage = options.min_coverage, .require_full_window = options.require_full_window});
    if (!prepared.eligible()) return prepared;

    const std::size_t anchor = first_at_or_after(prepared.window, window->entry_ms);
    prepared.trading = prepared.window.slice(anchor, prepared.window.size);
    if (prepared.trading.size == 0) prepared.no_entry = "no_anchor";
    return prepared;
}

}  // namespace

std::vector<PreparedCall> prepare_calls(const Inputs& inputs, const InputOptions& options) {
    std::vector<PreparedCall> calls;
    calls.reserve(inputs.calls.calls.size());
    for (std::size_t i = 0; i < inputs.calls.calls.size(); ++i) {
        calls.push_back(prepare(inputs, i, options));
    }
    return calls;
}

}  // namespace daybook::backtest
