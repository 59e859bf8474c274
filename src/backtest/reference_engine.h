// A second, straightforward engine for tests: one position led through its bars by one policy, as
// docs/guide/backtests.md says it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "backtest/bars.h"
#include "backtest/policy.h"
#include "backtest/test_bars.h"

namespace daybook::backtest::testing {

inline bool falls_to(double low, double level) { return low <= level + level * 1e-12; }
inline bool rises_to(double high, double level) { return high >= level - level * 1e-12; }

// A sale, and where it fills if nothing is in its way.
struct Sale {
    std::size_t bar = 0;
    double fraction = 0;
    double price = 0;
    bool at_open = false;
};

// One position, led through the bars one by one by a policy; every fill is written down.
struct Position {
    const Bars& bars;
    bool strict;
    double open_fraction = 1;
    double value = 0;
    std::size_t bar = 0;
    std::int64_t time = 0;
    std::string reason;
    std::vector<Sale> sales;

    double entry() const { return bars.close[0]; }
    bool is_open() const { return reason.empty(); }
    void fill(std::size_t i, double fraction, double price, bool at_open) {
        sales.push_back({i, fraction, price, at_open});
        value += fraction * price;
        open_fraction -= fraction;
        bar = i;
        time = bars.ts[i] + (strict && !at_open ? kMinuteMs : 0);
    }
    void stop(std::size_t i, double level, const char* why) {
        if (!is_open()) return;
        const bool gap = strict && bars.open[i] <= level;
        fill(i, open_fraction, gap ? bars.open[i] : level, gap);
        reason = why;
    }
    void limit(std::size_t i, double fraction, double level) {
        const bool gap = strict && bars.open[i] >= level;
        fill(i, fraction, gap ? bars.open[i] : level, gap);
    }
    void close(std::size_t i, const char* why) {
        if (!is_open()) return;
        fill(i, open_fraction, bars.close[i], false);
        reason = why;
    }
};

inline void step(const FixedStop& p, Position& position, std::size_t i, double&) {
    const double stop = position.entry() * (1 - p.stop_pct);
    if (falls_to(position.bars.low[i], stop)) return position.stop(i, stop, "stop_loss");
    if (!p.take_profit_pct) return;
    const double level = position.entry() * (1 + *p.take_profit_pct);
    if (!rises_to(position.bars.high[i], level)) return;
    position.limit(i, 1, level);
    position.reason = "take_profit";
}

inline void step(const TimeStop& p, Position& position, std::size_t i, double&) {
    const bool old = position.bars.ts[i] - position.bars.ts[0] >= p.max_hold_ms;
    if (old && !position.strict) return position.close(i, "time_stop");
    if (p.take_profit_pct) {
        const double level = position.entry() * (1 + *p.take_profit_pct);
        if (rises_to(position.bars.high[i], level)) {
            position.limit(i, 1, level);
            position.reason = "take_profit";
            return;
        }
    }
    if (old) position.close(i, "time_stop");
}

// `peak` is 0 until the trailing stop is active.
inline void step(const TrailingStop& p, Position& position, std::size_t i, double& peak) {
    const double hard = p.hard_stop_pct ? position.entry() * (1 - *p.hard_stop_pct) : -1;
    const double low = position.bars.low[i];
    const double high = position.bars.high[i];
    const bool activates = rises_to(high, position.entry() * (1 + p.activation_pct));
    if (position.strict) {
        const double trail = peak > 0 ? peak * (1 - p.trail_pct) : -1;
        if (trail > hard && falls_to(low, trail)) {
            return position.stop(i, trail, "trailing_stop");
        }
        if (hard >= 0 && falls_to(low, hard)) return position.stop(i, hard, "hard_stop");
        if (peak > 0 || activates) peak = std::max(peak, high);
        return;
    }
    if (hard >= 0 && falls_to(low, hard)) return position.stop(i, hard, "hard_stop");
    if (peak > 0 || activates) peak = std::max(peak, high);
    if (peak > 0 && falls_to(low, peak * (1 - p.trail_pct))) {
        position.stop(i, peak * (1 - p.trail_pct), "trailing_stop");
    }
}

// `hit` counts the levels that are sold.
inline void step(const Ladder& p, Position& position, std::size_t i, double& hit) {
    if (p.stop_pct) {
        const double stop = position.entry() * (1 - *p.stop_pct);
        if (falls_to(position.bars.low[i], stop)) return position.stop(i, stop, "stop_loss");
    }
    std::vector<LadderLevel> levels = p.levels;
    std::stable_sort(levels.begin(), levels.end(),
                     [](const auto& a, const auto& b) { return a.multiple < b.multiple; });
    for (auto k = static_cast<std::size_t>(hit); k < levels.size(); ++k) {
        const double level = position.entry() * levels[k].multiple;
        if (!rises_to(position.bars.high[i], level)) return;
        position.limit(i, std::min(levels[k].fraction, position.open_fraction), level);
        hit += 1;
        if (position.open_fraction < 1e-9) {
            position.reason = "ladder_complete";
            return;
        }
    }
}

// The position that a policy, which is no combo, has left at the end of the bars.
inline Position lead(const Policy& policy, const Bars& bars, bool strict) {
    Position position{.bars = bars, .strict = strict, .reason = {}, .sales = {}};
    double memory = 0;
    for (std::size_t i = strict ? 1 : 0; i < bars.size() && position.is_open(); ++i) {
        std::visit(
            [&](const auto& p) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(p)>, Combo>) {
                    step(p, position, i, memory);
                }
            },
            policy.kind);
    }
    position.close(bars.size() - 1, "end_of_data");
    return position;
}

// Every kind, with and without its optional parameters, on levels that the prices can touch.
inline std::vector<Policy> policies_of(const std::string& kind) {
    std::vector<Policy> all;
    const std::vector<std::optional<double>> optional = {std::nullopt, 0.1, 0.25, 0.5};
    for (const double x : {0.05, 0.1, 0.2, 0.5, 1.0}) {
        for (const std::optional<double>& y : optional) {
            if (kind == "fixed_stop") all.push_back({FixedStop{x, y}});
            if (kind == "time_stop") {
                all.push_back({TimeStop{static_cast<std::int64_t>(x * 20) * kMinuteMs, y}});
            }
            if (kind == "trailing_stop") {
                for (const double trail : {0.05, 0.1, 0.5})
                    all.push_back({TrailingStop{x, trail, y}});
            }
            if (kind == "ladder") {
                all.push_back({Ladder{{{1 + x, 0.5}, {1.5 + x, 0.3}, {2 + x, 0.2}}, y}});
                all.push_back({Ladder{{{1.1 + x, 0.7}, {1.05 + x, 0.1}}, y}});
            }
        }
    }
    if (kind == "combo") {
        const auto stops = policies_of("fixed_stop");
        const auto times = policies_of("time_stop");
        const auto trails = policies_of("trailing_stop");
        for (std::size_t i = 0; i < stops.size(); ++i) {
            all.push_back({Combo{{stops[i], times[i], trails[3 * i]}}});
            all.push_back({Combo{{trails[3 * i + 1], {Combo{{times[i], stops[i]}}}}}});
        }
    }
    return all;
}

}  // namespace daybook::backtest::testing
