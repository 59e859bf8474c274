// Bar intervals, and spans of time that may be counted in bars.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::backtest {

// How long one bar lasts: one of 1s 15s 1m 5m 15m 1h 4h 1d.
struct Interval {
    std::string_view name = "1m";
    std::int64_t ms = 60'000;

    bool operator==(const Interval&) const = default;
};

inline constexpr Interval kIntervals[] = {
    {"1s", 1'000},    {"15s", 15'000},   {"1m", 60'000},     {"5m", 300'000},
    {"15m", 900'000}, {"1h", 3'600'000}, {"4h", 14'400'000}, {"1d", 86'400'000},
};

// The interval of that name; for anything else an error that lists them all.
Result<Interval> parse_interval(std::string_view name);

// A number of bars, or a duration of wall time.
class Span {
public:
    static constexpr Span bars(std::int64_t count) { return Span(count, true); }
    static constexpr Span ms(std::int64_t ms) { return Span(ms, false); }

    constexpr bool counts_bars() const { return counts_bars_; }
    // The number of bars, or of milliseconds.
    constexpr std::int64_t value() const { return value_; }

    // "1440" for bars; "86400000ms" for time, a form that parse_span() reads.
    std::string to_string() const;
    bool operator==(const Span&) const = default;

private:
    constexpr Span(std::int64_t value, bool counts_bars)
        : value_(value), counts_bars_(counts_bars) {}
    std::int64_t value_;
    bool counts_bars_;
};

inline constexpr std::int64_t kSpanBarsMax = 100'000'000;

// "1440" is bars; "90s", "30m", "24h", "2d" and "500ms" are time.  Whole numbers from 0 only, up to
// a hundred years of time or 100 million bars.
Result<Span> parse_span(std::string_view text);

}  // namespace daybook::backtest
