#include "backtest/market_calendar.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace daybook::backtest {
namespace {

// Rounds towards plus infinity, also below zero.
std::int64_t divide_up(std::int64_t value, std::int64_t by) {
    const std::int64_t quotient = value / by;
    return quotient * by < value ? quotient + 1 : quotient;
}

}  // namespace

MarketCalendar MarketCalendar::observed(Interval interval, std::vector<std::int64_t> opens) {
    DAYBOOK_CHECK(std::is_sorted(opens.begin(), opens.end()));
    MarketCalendar calendar(interval);
    calendar.observed_ = true;
    calendar.opens_ = std::move(opens);
    return calendar;
}

std::int64_t MarketCalendar::first_at_or_after(std::int64_t ts_ms) const {
    if (!observed_) return divide_up(ts_ms, interval_.ms);
    return std::lower_bound(opens_.begin(), opens_.end(), ts_ms) - opens_.begin();
}

std::int64_t MarketCalendar::open_of(std::int64_t bar) const {
    return observed_ ? opens_[static_cast<std::size_t>(bar)] : bar * interval_.ms;
}

// A bar ends when its interval is over or the next begins, whichever is first.
std::int64_t MarketCalendar::end_of(std::int64_t bar) const {
    const std::int64_t end = open_of(bar) + interval_.ms;
    const bool has_next = observed_ && bar + 1 < static_cast<std::int64_t>(opens_.size());
    return has_next ? std::min(end, open_of(bar + 1)) : end;
}

std::optional<Window> MarketCalendar::window(std::int64_t call_ms, const WindowSpec& spec) const {
    const auto size = static_cast<std::int64_t>(opens_.size());
    const auto past_end = [&](std::int64_t bar) { return observed_ && bar >= size; };

    const Span delay = spec.entry_delay;
    const std::int64_t entry = delay.counts_bars() ? first_at_or_after(call_ms) + delay.value()
                                                   : first_at_or_after(call_ms + delay.value());
    if (past_end(entry)) return std::nullopt;
    const std::int64_t entry_ms = open_of(entry);

    // The last bar as it should be; one that an observed calendar does not have is numbered beyond
    // its end, by the interval where only a duration is known.
    const auto bar_at = [&](std::int64_t ts_ms) {
        const std::int64_t bar = first_at_or_after(ts_ms);
        if (!past_end(bar)) return bar;
        return size - 1 + std::max<std::int64_t>(divide_up(ts_ms - opens_.back(), interval_.ms), 1);
    };
    const Span hold = spec.max_hold;
    std::int64_t last =
        hold.counts_bars() ? entry + hold.value() - 1 : bar_at(entry_ms + hold.value()) - 1;
    // The entry may act late, and so may the orders that it leads to.
    const std::int64_t late = entry + spec.latency_bars;
    last += spec.latency_bars;
    const std::int64_t held = past_end(late) ? late : bar_at(open_of(late) + spec.longest_hold_ms);
    last = std::max(last, held + spec.latency_bars);

    const std::int64_t begin = entry - spec.warm_up_bars;
    const std::int64_t begin_kept = observed_ ? std::max<std::int64_t>(begin, 0) : begin;
    const std::int64_t last_kept = observed_ ? std::min(last, size - 1) : last;

    Window window;
    window.begin_ms = open_of(begin_kept);
    window.entry_ms = entry_ms;
    window.last_ms = open_of(last_kept);
    window.end_ms = end_of(last_kept);
    window.bars = last_kept - begin_kept + 1;
    window.wanted_bars = last - begin + 1;
    window.missing_warm_up = begin_kept - begin;
    const std::int64_t wanted_ms = call_ms + (delay.counts_bars() ? 0 : delay.value());
    window.wait_ms = open_of(first_at_or_after(wanted_ms)) - wanted_ms;
    window.begins_late = observed_ && wanted_ms <= opens_.front() - interval_.ms;
    return window;
}

std::int64_t MarketCalendar::bars_between(std::int64_t from_ms, std::int64_t to_ms) const {
    return std::max<std::int64_t>(first_at_or_after(to_ms + 1) - first_at_or_after(from_ms), 0);
}

bool MarketCalendar::has_bar(std::int64_t ts_ms) const {
    if (!observed_) return ts_ms % interval_.ms == 0;
    return std::binary_search(opens_.begin(), opens_.end(), ts_ms);
}

}  // namespace daybook::backtest
