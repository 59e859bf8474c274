// Which bars there should be, and the window of bars that a call may look at.
//
//     begin         entry                                        end
//       │ warm-up     │ max hold: R bars                          │
//       ▼             ▼                                           ▼
//     ──┼──┼──┼──┼──┼─┼──┼──┼──┼──┼──┼──┼──┼──┼──┼──┼──┼──┼──┼────┼──►  calendar bars
//                  ▲  entry: the first that opens at or after the call plus the entry delay
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backtest/interval.h"

namespace daybook::backtest {

// How far a window reaches.
struct WindowSpec {
    Span max_hold = Span::bars(1440);  // at least one bar
    std::int64_t warm_up_bars = 0;
    Span entry_delay = Span::bars(0);
    // A position must be able to grow this old: the window is lengthened to the bar in which it is,
    // else a time stop beyond it could never fire.
    std::int64_t longest_hold_ms = 0;
    // Orders act so many bars after they were sent: the entry, and those that sell.
    std::int64_t latency_bars = 0;
};

// A half-open span of time, [begin_ms, end_ms), and what the calendar has in it.
struct Window {
    std::int64_t begin_ms = 0;         // open of the first warm-up bar
    std::int64_t entry_ms = 0;         // open of the first bar at which the call can be entered
    std::int64_t last_ms = 0;          // open of the last bar
    std::int64_t end_ms = 0;           // end of the last bar
    std::int64_t bars = 0;             // calendar bars in the window, warm-up included
    std::int64_t wanted_bars = 0;      // what there would be if the calendar went on for ever
    std::int64_t missing_warm_up = 0;  // warm-up bars that lie before the calendar begins
    // From the call, or the end of a delay that is a time, to the next calendar bar.
    std::int64_t wait_ms = 0;
    // The calendar begins an interval or more after the call could have been entered.
    bool begins_late = false;
    bool operator==(const Window&) const = default;
};

class MarketCalendar {
public:
    // 24x7: every multiple of the interval since the Unix epoch.
    static MarketCalendar always(Interval interval) { return MarketCalendar(interval); }
    // Exactly these bars: ascending, without repetition.
    static MarketCalendar observed(Interval interval, std::vector<std::int64_t> opens);

    // nullopt if the calendar ends before the call can be entered.
    std::optional<Window> window(std::int64_t call_ms, const WindowSpec& spec) const;

    // Calendar bars that open in [from_ms, to_ms], both inclusive.
    std::int64_t bars_between(std::int64_t from_ms, std::int64_t to_ms) const;

    // Whether a bar may open at `ts_ms`.
    bool has_bar(std::int64_t ts_ms) const;

private:
    explicit MarketCalendar(Interval interval) : interval_(interval) {}

    // Bars are numbered; an observed calendar has the numbers [0, opens_.size()), the grid has all.
    std::int64_t first_at_or_after(std::int64_t ts_ms) const;
    std::int64_t open_of(std::int64_t bar) const;
    std::int64_t end_of(std::int64_t bar) const;

    Interval interval_;
    bool observed_ = false;
    std::vector<std::int64_t> opens_;
};

}  // namespace daybook::backtest
