#include "backtest/portfolio.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::bars_from;
using testing::kMinuteMs;
using testing::kStartMs;
using testing::minute_bars;
using testing::Step;

// The close of bar `bar`.
std::int64_t close_of(std::int64_t bar) { return kStartMs + (bar + 1) * kMinuteMs; }

std::vector<std::int64_t> marks(std::int64_t count) {
    std::vector<std::int64_t> out;
    for (std::int64_t bar = 0; bar < count; ++bar) out.push_back(close_of(bar));
    return out;
}

// Four flat bars at 10.
const Bars kFlat =
    minute_bars({{10, 10, 10, 10}, {10, 10, 10, 10}, {10, 10, 10, 10}, {10, 10, 10, 10}});

// Entered at the close of bar `entry`, left at that of `exit`.
Candidate trade(std::int64_t entry, std::int64_t exit, double net_bps, const Bars& bars = kFlat) {
    return {.entry_ts_ms = close_of(entry),
            .exit_ts_ms = close_of(exit),
            .entry_px = bars.close[static_cast<std::size_t>(entry)],
            .net_bps = net_bps,
            .bars = bars.view().slice(static_cast<std::size_t>(entry), bars.size())};
}

Simulation run(const std::vector<Candidate>& candidates, const PortfolioRules& rules) {
    return simulate(candidates, marks(4), kMinuteMs, rules);
}

TEST(Portfolio, APositionIsMarkedAtEveryCloseAndSettledAtItsNet) {
    const Bars bars = minute_bars({{10, 10, 10, 10}, {10, 12, 10, 12}, {12, 12, 9, 9}});
    Candidate candidate = trade(0, 2, -2000, bars);
    candidate.entry_cost = 0.25;
    const Simulation simulation =
        simulate(std::vector{candidate}, marks(3), kMinuteMs,
                 {.initial_capital = 1000, .max_positions = 1, .fraction = 0.5});
    // 500 buys 40 units at 10 and a quarter.
    EXPECT_EQ(simulation.positions[0], (Position{.skipped = {},
                                                 .equity = 1000,
                                                 .cash = 1000,
                                                 .stake = 500,
                                                 .units = 40,
                                                 .proceeds = 400}));
    EXPECT_EQ(simulation.curve, (std::vector<EquityPoint>{{close_of(0), 500, 400, 1},
                                                          {close_of(1), 500, 480, 1},
                                                          {close_of(2), 900, 0, 0}}));
}

TEST(Portfolio, ClosingsComeBeforeOpeningsOfTheSameClose) {
    const Simulation simulation = run({trade(0, 1, 0), trade(1, 2, 0)}, {.max_positions = 1});
    EXPECT_FALSE(simulation.positions[1].skipped.has_value());
}

// The next bar's open is the same moment, yet the close was before it.
TEST(Portfolio, AClosingAtTheNextOpenComesAfterThem) {
    Candidate first = trade(0, 1, 0);
    first.exit_at_open = true;
    const Simulation simulation = run({first, trade(1, 2, 0)}, {.max_positions = 1});
    EXPECT_EQ(simulation.positions[1].skipped, Skip::kMaxPositions);
    // And after the mark of that close.
    EXPECT_EQ(simulation.curve[1].positions, 1);
    EXPECT_EQ(simulation.curve[2].positions, 0);
}

TEST(Portfolio, APositionWhoseBarsEndAtItsEntryIsOpenedFirst) {
    const Simulation simulation = run({trade(1, 1, -80), trade(1, 2, 0)}, {.max_positions = 1});
    EXPECT_DOUBLE_EQ(simulation.positions[0].pnl(), -8);
    EXPECT_EQ(simulation.positions[1].skipped, Skip::kMaxPositions);
}

TEST(Portfolio, EntriesOfOneMomentAreInTheOrderOfTheCalls) {
    const Simulation simulation =
        run({trade(1, 2, 0), trade(1, 2, 0), trade(0, 2, 0)}, {.max_positions = 2});
    EXPECT_FALSE(simulation.positions[0].skipped.has_value());
    EXPECT_EQ(simulation.positions[1].skipped, Skip::kMaxPositions);
    EXPECT_FALSE(simulation.positions[2].skipped.has_value());
}

TEST(Portfolio, APositionCostsWhatIsLeftIfThatIsHalfOfIt) {
    const auto stakes = [](double fraction) {
        const Simulation simulation = run({trade(0, 3, 0), trade(0, 3, 0), trade(0, 3, 0)},
                                          {.initial_capital = 100, .fraction = fraction});
        std::vector<double> out;
        for (const Position& position : simulation.positions) {
            EXPECT_EQ(position.skipped.has_value(), position.stake == 0);
            EXPECT_NE(position.skipped, Skip::kMaxPositions);
            out.push_back(position.stake);
        }
        return out;
    };
    EXPECT_EQ(stakes(0.5), (std::vector<double>{50, 50, 0}));
    EXPECT_EQ(stakes(0.4), (std::vector<double>{40, 40, 20}));
    EXPECT_EQ(stakes(0.41), (std::vector<double>{41, 41, 0}));
}

TEST(Portfolio, TenPositionsOfATenthAreTheWholePurse) {
    const std::vector<Candidate> ten(10, trade(0, 3, 0));
    const Simulation simulation = run(ten, {.initial_capital = 1234.5, .fraction = 0.1});
    for (const Position& position : simulation.positions) EXPECT_FALSE(position.skipped);
    EXPECT_NEAR(simulation.curve[0].cash, 0, 1e-9);
}

TEST(Portfolio, APositionLosesItsStakeAtMost) {
    const Simulation simulation =
        run({trade(0, 1, -10'500), trade(2, 3, 0)}, {.initial_capital = 100, .fraction = 1});
    EXPECT_EQ(simulation.positions[0].proceeds, 0);
    EXPECT_EQ(simulation.positions[1].skipped, Skip::kNoCapital);
    EXPECT_EQ(simulation.curve.back().equity(), 0);
}

TEST(Portfolio, ExitsAfterTheLastMarkAddAPoint) {
    const Simulation simulation = simulate(std::vector{trade(0, 3, 100)}, marks(2), kMinuteMs,
                                           {.initial_capital = 100, .fraction = 1});
    ASSERT_EQ(simulation.curve.size(), 3u);
    EXPECT_EQ(simulation.curve[2], (EquityPoint{close_of(3), 101, 0, 0}));
}

// The same, told anew at each moment from all that is known of every position: slow and plain.
class Retelling {
public:
    Retelling(const std::vector<Candidate>& candidates, const PortfolioRules& rules)
        : candidates_(candidates),
          rules_(rules),
          state_(candidates.size(), State::kWaiting),
          stakes_(candidates.size(), 0.0) {}

    // Cash, invested, number of positions at each mark.
    std::vector<std::tuple<double, double, std::int64_t>> tell(
        const std::vector<std::int64_t>& marks) {
        std::set<std::int64_t> moments(marks.begin(), marks.end());
        for (const Candidate& candidate : candidates_) {
            moments.insert({candidate.entry_ts_ms, candidate.exit_ts_ms});
        }
        std::vector<std::tuple<double, double, std::int64_t>> told;
        for (const std::int64_t now : moments) {
            close(now, false);
            open(now);
            if (std::find(marks.begin(), marks.end(), now) != marks.end()) {
                told.emplace_back(cash(), invested(now), count());
            }
            close(now, true);
        }
        return told;
    }
    bool taken(std::size_t i) const { return state_[i] == State::kDone; }

private:
    enum class State { kWaiting, kOpen, kDone, kSkipped };

    void close(std::int64_t now, bool late) {
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            const Candidate& candidate = candidates_[i];
            const bool is_late =
                candidate.exit_at_open || candidate.exit_ts_ms == candidate.entry_ts_ms;
            if (state_[i] == State::kOpen && candidate.exit_ts_ms == now && is_late == late) {
                state_[i] = State::kDone;
            }
        }
    }
    void open(std::int64_t now) {
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (candidates_[i].entry_ts_ms != now) continue;
            const double wanted = rules_.fraction * (cash() + invested(now));
            const bool allowed = count() < rules_.max_positions &&
                                 wanted > 1e-9 * rules_.initial_capital &&
                                 2 * cash() >= wanted * (1 - 1e-9);
            stakes_[i] = allowed ? std::min(wanted, cash()) : 0;
            state_[i] = allowed ? State::kOpen : State::kSkipped;
        }
    }
    // What was there at first, less what was paid, and what came back.
    double cash() const {
        double sum = rules_.initial_capital;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            sum -= stakes_[i];
            if (state_[i] != State::kDone) continue;
            sum += std::max(0.0, stakes_[i] + stakes_[i] * candidates_[i].net_bps / 1e4);
        }
        return sum;
    }
    double invested(std::int64_t now) const {
        double sum = 0;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (state_[i] != State::kOpen) continue;
            const BarsView& bars = candidates_[i].bars;
            double last = bars.close[0];
            for (std::size_t bar = 0; bar < bars.size; ++bar) {
                if (bars.ts[bar] + kMinuteMs <= now) last = bars.close[bar];
            }
            sum += stakes_[i] / candidates_[i].entry_px / (1 + candidates_[i].entry_cost) * last;
        }
        return sum;
    }
    std::int64_t count() const { return std::count(state_.begin(), state_.end(), State::kOpen); }

    const std::vector<Candidate>& candidates_;
    const PortfolioRules& rules_;
    std::vector<State> state_;
    std::vector<double> stakes_;
};

using Draw = std::tuple<std::uint8_t, std::uint8_t, bool, std::int16_t>;

// One a draw: entry, length, whether it ends at an open, net return.
std::vector<Candidate> candidates_from(const Bars& bars, const std::vector<Draw>& draws) {
    std::vector<Candidate> candidates;
    const auto last = static_cast<std::int64_t>(bars.size()) - 1;
    for (const auto& [entry_draw, length_draw, at_open, net] : draws) {
        const std::int64_t entry = entry_draw % (last + 1);
        const std::int64_t exit = std::min<std::int64_t>(entry + length_draw % 6, last);
        candidates.push_back(trade(entry, exit, net % 10'500, bars));
        candidates.back().exit_at_open = at_open;
        candidates.back().entry_cost = (length_draw % 3) * 0.004;
    }
    return candidates;
}

bool same(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); }

PortfolioRules rules_from(std::uint8_t positions, std::uint8_t fraction) {
    return {.initial_capital = 100,
            .max_positions = 1 + positions % 6,
            .fraction = (1 + fraction % 20) / 20.0};
}

RC_GTEST_PROP(PortfolioProperty, AgreesWithTheRetelling,
              (const std::vector<Step>& steps, const std::vector<Draw>& draws,
               std::uint8_t positions, std::uint8_t fraction)) {
    const Bars bars = bars_from(steps);
    const std::vector<Candidate> candidates = candidates_from(bars, draws);
    const PortfolioRules rules = rules_from(positions, fraction);
    const std::vector<std::int64_t> times = marks(static_cast<std::int64_t>(bars.size()));
    const Simulation simulation = simulate(candidates, times, kMinuteMs, rules);
    Retelling retelling(candidates, rules);
    const auto told = retelling.tell(times);
    for (std::size_t i = 0; i < told.size(); ++i) {
        RC_ASSERT(simulation.curve[i].ts_ms == times[i]);
        RC_ASSERT(same(simulation.curve[i].cash, std::get<0>(told[i])));
        RC_ASSERT(same(simulation.curve[i].invested, std::get<1>(told[i])));
        RC_ASSERT(simulation.curve[i].positions == std::get<2>(told[i]));
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        RC_ASSERT(simulation.positions[i].skipped.has_value() == !retelling.taken(i));
    }
}

RC_GTEST_PROP(PortfolioProperty, MoneyIsNeitherMadeNorLostNorOwed,
              (const std::vector<Step>& steps, const std::vector<Draw>& draws,
               std::uint8_t positions, std::uint8_t fraction)) {
    const Bars bars = bars_from(steps);
    const std::vector<Candidate> candidates = candidates_from(bars, draws);
    const PortfolioRules rules = rules_from(positions, fraction);
    const Simulation simulation =
        simulate(candidates, marks(static_cast<std::int64_t>(bars.size())), kMinuteMs, rules);
    double pnl = 0;
    for (const Position& position : simulation.positions) {
        RC_ASSERT(position.cash >= 0);
        RC_ASSERT(position.stake <= position.cash);
        RC_ASSERT(position.stake <= position.equity * rules.fraction * (1 + 1e-9));
        RC_ASSERT(position.proceeds >= 0);
        pnl += position.pnl();
    }
    for (const EquityPoint& point : simulation.curve) {
        RC_ASSERT(point.cash >= 0);
        RC_ASSERT(point.invested >= 0);
        RC_ASSERT(point.positions <= rules.max_positions);
    }
    if (!simulation.curve.empty() && simulation.curve.back().positions == 0) {
        RC_ASSERT(same(simulation.curve.back().equity(), rules.initial_capital + pnl));
    }
}

// What happens later changes no decision and no mark of before.
RC_GTEST_PROP(PortfolioProperty, NeverLooksAhead,
              (const std::vector<Step>& steps, const std::vector<Draw>& draws,
               std::uint8_t cut_draw)) {
    const Bars bars = bars_from(steps);
    const std::int64_t cut = close_of(cut_draw % static_cast<std::int64_t>(bars.size()));
    std::vector<Candidate> candidates = candidates_from(bars, draws);
    const PortfolioRules rules{.initial_capital = 100, .max_positions = 3, .fraction = 0.3};
    const std::vector<std::int64_t> times = marks(static_cast<std::int64_t>(bars.size()));
    const Simulation before = simulate(candidates, times, kMinuteMs, rules);
    for (Candidate& candidate : candidates) {
        const bool later =
            candidate.exit_ts_ms > cut || (candidate.exit_ts_ms == cut && candidate.exit_at_open);
        if (later) candidate.net_bps += 500;
    }
    const Simulation after = simulate(candidates, times, kMinuteMs, rules);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].entry_ts_ms > cut) continue;
        RC_ASSERT(before.positions[i].stake == after.positions[i].stake);
        RC_ASSERT(before.positions[i].skipped == after.positions[i].skipped);
    }
    for (std::size_t i = 0; i < times.size() && times[i] <= cut; ++i) {
        RC_ASSERT(before.curve[i] == after.curve[i]);
    }
}

}  // namespace
}  // namespace daybook::backtest
