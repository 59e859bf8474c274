// The engine against a second, straightforward implementation of docs/guide/backtests.md, and the
// promises that hold for every policy on every series of bars.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backtest/engine.h"
#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::bars_from;
using testing::kMinuteMs;
using testing::Step;

constexpr double kCost = 0.004;

bool falls_to(double low, double level) { return low <= level + level * 1e-12; }
bool rises_to(double high, double level) { return high >= level - level * 1e-12; }

// One position, led through the bars one by one by a policy; every fill is written down.
struct Position {
    const Bars& bars;
    bool strict;
    double open_fraction = 1;
    double value = 0;
    std::size_t bar = 0;
    std::int64_t time = 0;
    std::string reason;

    double entry() const { return bars.close[0]; }
    bool is_open() const { return reason.empty(); }
    void fill(std::size_t i, double fraction, double price, bool at_open) {
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

void step(const FixedStop& p, Position& position, std::size_t i, double&) {
    const double stop = position.entry() * (1 - p.stop_pct);
    if (falls_to(position.bars.low[i], stop)) return position.stop(i, stop, "stop_loss");
    if (!p.take_profit_pct) return;
    const double level = position.entry() * (1 + *p.take_profit_pct);
    if (!rises_to(position.bars.high[i], level)) return;
    position.limit(i, 1, level);
    position.reason = "take_profit";
}

void step(const TimeStop& p, Position& position, std::size_t i, double&) {
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
void step(const TrailingStop& p, Position& position, std::size_t i, double& peak) {
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
void step(const Ladder& p, Position& position, std::size_t i, double& hit) {
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

struct Expected {
    std::string reason;
    std::size_t bar = 0;
    std::int64_t exit_ts = 0;
    double exit_px = 0;
    double net = 0;
    double mae = 0;
    std::optional<double> tail;
};

Expected settle(const Position& position) {
    const Bars& bars = position.bars;
    Expected out{.reason = position.reason,
                 .bar = position.bar,
                 .exit_ts = position.time,
                 .exit_px = position.value / (1 - position.open_fraction),
                 .tail = {}};
    const double ratio = out.exit_px / position.entry();
    out.net = position.strict ? (ratio * (1 - kCost) / (1 + kCost) - 1) * 1e4
                              : (ratio - 1) * 1e4 - 2 * kCost * 1e4;
    double peak = -1;
    for (std::size_t i = position.strict ? 1 : 0; i <= position.bar; ++i) {
        out.mae = std::min(out.mae, (bars.low[i] / position.entry() - 1) * 1e4);
        peak = std::max(peak, bars.high[i] / position.entry() - 1);
    }
    if (peak > 0) out.tail = std::min((ratio - 1) / peak, 1.0);
    return out;
}

Expected reference(const Policy& policy, const Bars& bars, bool strict) {
    if (const auto* combo = std::get_if<Combo>(&policy.kind)) {
        std::optional<Expected> best;
        for (const Policy& part : combo->policies) {
            const Expected other = reference(part, bars, strict);
            const auto rank = [](const Expected& e) {
                return std::tuple(e.bar, e.exit_ts, e.reason == "end_of_data", e.net);
            };
            const bool better =
                !best || (strict ? rank(other) < rank(*best) : other.bar < best->bar);
            if (better) best = other;
        }
        return *best;
    }
    Position position{.bars = bars, .strict = strict, .reason = {}};
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
    return settle(position);
}

// Every kind, with and without its optional parameters, on levels that the prices can touch.
std::vector<Policy> policies_of(const std::string& kind) {
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

const std::vector<Policy>& all_policies() {
    static const std::vector<Policy> kAll = [] {
        std::vector<Policy> all;
        for (const char* kind : {"fixed_stop", "time_stop", "trailing_stop", "ladder", "combo"}) {
            for (Policy& policy : policies_of(kind)) all.push_back(std::move(policy));
        }
        return all;
    }();
    return kAll;
}

ExecutionModel model_of(bool strict) {
    return {.execution = strict ? Execution::kStrict : Execution::kClassic,
            .interval_ms = kMinuteMs,
            .side_cost = kCost};
}

void expect_same(const Expected& expected, const Trade& trade) {
    const auto same = [](double a, double b) { return std::abs(a - b) <= 1e-7; };
    RC_ASSERT(std::string(to_string(trade.reason)) == expected.reason);
    RC_ASSERT(trade.exit_bar == expected.bar);
    RC_ASSERT(trade.exit_ts_ms == expected.exit_ts);
    RC_ASSERT(same(trade.exit_px, expected.exit_px));
    RC_ASSERT(same(trade.net_bps, expected.net));
    RC_ASSERT(same(trade.max_adverse_excursion_bps, expected.mae));
    RC_ASSERT(trade.tail_capture.has_value() == expected.tail.has_value());
    if (expected.tail) RC_ASSERT(same(*trade.tail_capture, *expected.tail));
}

class EngineReference : public ::testing::TestWithParam<const char*> {};

// 100 series of bars by at least 20 policies by two executions a kind.
TEST_P(EngineReference, AgreesOnRandomBars) {
    const std::vector<Policy> policies = policies_of(GetParam());
    const bool ok = rc::check([&](const std::vector<Step>& steps) {
        const Bars bars = bars_from(steps);
        for (const Policy& policy : policies) {
            for (const bool strict : {true, false}) {
                expect_same(reference(policy, bars, strict),
                            execute(policy, bars.view(), model_of(strict)));
            }
        }
    });
    EXPECT_TRUE(ok);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EngineReference,
                         ::testing::Values("fixed_stop", "time_stop", "trailing_stop", "ladder",
                                           "combo"));

// For consistent bars and costs of 0 or more.  Touch tests allow 1e-12, hence the 1e-7.
RC_GTEST_PROP(EngineInvariants, HoldForEveryTrade, (const std::vector<Step>& steps)) {
    const Bars bars = bars_from(steps);
    for (const Policy& policy : all_policies()) {
        for (const bool strict : {true, false}) {
            const Trade trade = execute(policy, bars.view(), model_of(strict));
            double peak = 0;  // of a trade that saw no bar: it sold at the price of its entry
            for (std::size_t i = strict ? 1 : 0; i <= trade.exit_bar; ++i) {
                const double here = (bars.high[i] / trade.entry_px - 1) * 1e4;
                peak = i == (strict ? 1u : 0u) ? here : std::max(peak, here);
            }
            RC_ASSERT(trade.gross_bps <= peak + 1e-7);
            RC_ASSERT(trade.net_bps <= peak + 1e-7);
            RC_ASSERT(trade.net_bps <= trade.gross_bps);
            RC_ASSERT(trade.tail_capture.value_or(0) <= 1);
            RC_ASSERT(trade.max_adverse_excursion_bps <= 0);
            RC_ASSERT(trade.exit_ts_ms >= trade.entry_ts_ms);
            RC_ASSERT(trade.time_exposed_ms == trade.exit_ts_ms - trade.entry_ts_ms);
        }
    }
}

// Whatever comes after the exit bar, a strict trade stays as it is; and what was decided at a gap
// needs nothing of its own bar but the open.
RC_GTEST_PROP(EngineInvariants, StrictNeverLooksAhead,
              (const std::vector<Step>& steps, const std::vector<Step>& other)) {
    const Bars bars = bars_from(steps);
    for (const Policy& policy : all_policies()) {
        const Trade trade = execute(policy, bars.view(), model_of(true));
        if (trade.reason == ExitReason::kEndOfData) continue;
        std::vector<Step> changed(steps.begin(),
                                  steps.begin() + static_cast<std::ptrdiff_t>(trade.exit_bar));
        changed.insert(changed.end(), other.begin(), other.end());
        const Bars later = bars_from(changed);
        RC_ASSERT(execute(policy, later.view(), model_of(true)) == trade);
    }
}

// While a position is open nothing has been decided: cutting the bars before the exit bar leaves a
// trade that ends with the data, at its last close.
RC_GTEST_PROP(EngineInvariants, BeforeTheExitBarThePositionIsOpen,
              (const std::vector<Step>& steps)) {
    const Bars bars = bars_from(steps);
    for (const Policy& policy : all_policies()) {
        for (const bool strict : {true, false}) {
            const Trade trade = execute(policy, bars.view(), model_of(strict));
            if (trade.exit_bar == 0) continue;
            const Trade cut =
                execute(policy, bars.view().slice(0, trade.exit_bar), model_of(strict));
            RC_ASSERT(cut.reason == ExitReason::kEndOfData);
        }
    }
}

}  // namespace
}  // namespace daybook::backtest
