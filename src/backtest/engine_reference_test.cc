// The engine against a second, straightforward implementation of docs/guide/backtests.md, and the
// promises that hold for every policy on every series of bars.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backtest/engine.h"
#include "backtest/reference_engine.h"
#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::bars_from;
using testing::kMinuteMs;
using testing::lead;
using testing::policies_of;
using testing::Position;
using testing::Step;

constexpr double kCost = 0.004;

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
    return settle(lead(policy, bars, strict));
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

// 100 times three series of bars, by at least 20 policies, by two executions.
TEST_P(EngineReference, AgreesInTenThousandCases) {
    const std::vector<Policy> policies = policies_of(GetParam());
    int cases = 0;
    const bool ok = rc::check([&](const std::array<std::vector<Step>, 3>& series) {
        for (const std::vector<Step>& steps : series) {
            const Bars bars = bars_from(steps);
            for (const Policy& policy : policies) {
                for (const bool strict : {true, false}) {
                    expect_same(reference(policy, bars, strict),
                                execute(policy, bars.view(), model_of(strict)));
                    ++cases;
                }
            }
        }
    });
    EXPECT_TRUE(ok);
    // Under a sanitizer each property is tried less often.
    if (std::getenv("RC_PARAMS") == nullptr) {
        EXPECT_GE(cases, 10'000);
    }
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
