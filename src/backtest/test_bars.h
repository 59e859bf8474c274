// Bars for tests: by hand, and from rapidcheck's numbers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "backtest/bars.h"

namespace daybook::backtest::testing {

inline constexpr std::int64_t kStartMs = 1'704'067'200'000;  // 2024-01-01T00:00:00Z
inline constexpr std::int64_t kMinuteMs = 60'000;

struct Ohlc {
    double open, high, low, close;
};

// One-minute bars from kStartMs on.
inline Bars minute_bars(const std::vector<Ohlc>& rows) {
    Bars bars;
    std::int64_t ts = kStartMs;
    for (const Ohlc& row : rows) {
        bars.push(ts, row.open, row.high, row.low, row.close, 1);
        ts += kMinuteMs;
    }
    return bars;
}

// One bar a step: gap from the last close, body, upper and lower shadow.
using Step = std::array<std::uint8_t, 4>;

// Consistent bars whose prices are multiples of 0.05, so that levels are often touched exactly.
inline Bars bars_from(const std::vector<Step>& steps) {
    Bars bars;
    bars.push(kStartMs, 1.0, 1.05, 0.95, 1.0, 1);
    int close = 20;
    std::int64_t ts = kStartMs;
    for (const Step& step : steps) {
        const int gap = step[0] % 4 == 0 ? step[0] % 13 - 6 : 0;
        const int open = std::max(1, close + gap);
        close = std::max(1, open + step[1] % 11 - 5);
        const int high = std::max(open, close) + step[2] % 5;
        const int low = std::max(1, std::min(open, close) - step[3] % 5);
        ts += kMinuteMs;
        bars.push(ts, open * 0.05, high * 0.05, low * 0.05, close * 0.05, 1);
    }
    return bars;
}

}  // namespace daybook::backtest::testing
