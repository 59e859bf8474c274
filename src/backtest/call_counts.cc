#include "backtest/call_counts.h"

#include "backtest/coverage.h"

namespace daybook::backtest {
namespace {

std::int64_t bars_in(const CandleSet& candles, const RangesBySymbol& ranges) {
    std::int64_t bars = 0;
    for (const auto& [symbol, list] : ranges) {
        const auto series = candles.bars.find(symbol);
        if (series == candles.bars.end()) continue;
        const BarsView all = series->second.view();
        for (const TimeRange& range : list) {
            bars += static_cast<std::int64_t>(first_at_or_after(all, range.end_ms) -
                                              first_at_or_after(all, range.begin_ms));
        }
    }
    return bars;
}

}  // namespace

CallCounts count_calls(const Inputs& inputs, const std::vector<PreparedCall>& calls,
                       std::span<const std::size_t> which) {
    CallCounts counts;
    for (const Exclusion reason :
         {Exclusion::kBadData, Exclusion::kMissingRange, Exclusion::kTooNew, Exclusion::kGap}) {
        counts.exclusions[to_string(reason)] = 0;
    }
    RangesBySymbol ranges;
    for (const std::size_t i : which) {
        const PreparedCall& call = calls[i];
        ++counts.selected;
        if (const std::optional<Window>& window = inputs.windows[i]) {
            ranges[inputs.calls.calls[i].mint].push_back({window->begin_ms, window->end_ms});
        }
        if (!call.eligible()) {
            ++counts.exclusions[to_string(*call.coverage.exclusion)];
            continue;
        }
        ++counts.eligible;
        counts.without_entry += call.no_entry.empty() ? 0 : 1;
        counts.truncated += call.coverage.truncated ? 1 : 0;
    }
    counts.excluded = counts.selected - counts.eligible;
    merge_ranges(ranges);
    counts.bars = bars_in(inputs.candles, ranges);
    return counts;
}

}  // namespace daybook::backtest
