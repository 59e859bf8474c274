#include "backtest/portfolio.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
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

// Entered at the close of bar `entry`, sold at that of `exit` for a price that returns `gross_bps`.
Candidate trade(std::int64_t entry, std::int64_t exit, double gross_bps, const Bars& bars = kFlat) {
    const double entry_px = bars.close[static_cast<std::size_t>(entry)];
    return {.entry_ts_ms = close_of(entry),
            .entry_px = entry_px,
            .sales = {{.ts_ms = close_of(exit),
                       .price = entry_px * (1 + gross_bps / 1e4),
                       .bar = static_cast<std::size_t>(exit - entry)}},
            .bars = bars.view().slice(static_cast<std::size_t>(entry), bars.size())};
}

// A part of `candidate` sold at the close of bar `bar`.
Sale part(const Candidate& candidate, std::int64_t bar, double fraction, double price) {
    const std::int64_t entry = (candidate.entry_ts_ms - close_of(0)) / kMinuteMs;
    return {.ts_ms = close_of(bar),
            .fraction = fraction,
            .price = price,
            .bar = static_cast<std::size_t>(bar - entry)};
}

Simulation run(const std::vector<Candidate>& candidates, const PortfolioRules& rules,
               const TradingCosts& costs = {}) {
    return simulate(candidates, marks(4), {.rules = rules, .costs = costs});
}

TradingCosts fixed_costs(double amount, double fee = 0) {
    return {.side_cost = fee, .orders = {.cost_model = CostModel::kFixed, .fixed_cost = amount}};
}

TEST(Portfolio, APositionIsMarkedAtEveryCloseAndSettledAfterItsCosts) {
    const Bars bars = minute_bars({{10, 10, 10, 10}, {10, 12, 10, 12}, {12, 20, 9, 9}});
    Candidate candidate = trade(0, 2, 0, bars);
    candidate.sales[0].price = 20;
    const Simulation simulation =
        simulate(std::vector{candidate}, marks(3),
                 {.rules = {.initial_capital = 1000, .max_positions = 1, .fraction = 0.5},
                  .costs = {.side_cost = 0.25}});
    // 500 buys 40 units at 10 and a quarter; they sell for 800, less a quarter of that.
    EXPECT_EQ(simulation.positions[0], (Position{.skipped = {},
                                                 .equity = 1000,
                                                 .cash = 1000,
                                                 .stake = 500,
                                                 .units = 40,
                                                 .proceeds = 600}));
    EXPECT_EQ(simulation.curve, (std::vector<EquityPoint>{{close_of(0), 500, 400, 1},
                                                          {close_of(1), 500, 480, 1},
                                                          {close_of(2), 1100, 0, 0}}));
}

TEST(Portfolio, ClosingsComeBeforeOpeningsOfTheSameClose) {
    const Simulation simulation = run({trade(0, 1, 0), trade(1, 2, 0)}, {.max_positions = 1});
    EXPECT_FALSE(simulation.positions[1].skipped.has_value());
}

// The next bar's open is the same moment, yet the close was before it.
TEST(Portfolio, AClosingAtTheNextOpenComesAfterThem) {
    Candidate first = trade(0, 1, 0);
    first.sales[0].at_open = true;
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
    // Worth 9 at the end, which does not pay for the order that sells it.
    const Simulation simulation = run({trade(0, 1, -9000), trade(2, 3, 0)},
                                      {.initial_capital = 100, .fraction = 1}, fixed_costs(10));
    EXPECT_EQ(simulation.positions[0].proceeds, 0);
    EXPECT_EQ(simulation.positions[1].skipped, Skip::kNoCapital);
    EXPECT_EQ(simulation.curve.back().equity(), 0);
}

TEST(Portfolio, ExitsAfterTheLastMarkAddAPoint) {
    const Simulation simulation = simulate(std::vector{trade(0, 3, 100)}, marks(2),
                                           {.rules = {.initial_capital = 100, .fraction = 1}});
    ASSERT_EQ(simulation.curve.size(), 3u);
    EXPECT_EQ(simulation.curve[2], (EquityPoint{close_of(3), 101, 0, 0}));
}

// Nine tenths are sold at twice the price, before it rises to a hundredfold.
TEST(Portfolio, WhatIsSoldInPartsPaysAtEachSaleAndIsHeldNoLonger) {
    std::vector<testing::Ohlc> rows;
    for (const double close : {1.0, 1.0, 2.5, 10.0, 50.0, 100.0, 100.0}) {
        rows.push_back({close, close, close, close});
    }
    const Bars bars = minute_bars(rows);
    Candidate candidate = trade(1, 6, 0, bars);
    candidate.sales = {part(candidate, 2, 0.9, 2), part(candidate, 6, 0.1, 100)};
    const Simulation simulation =
        simulate(std::vector{candidate, trade(3, 4, 0, bars)}, marks(7),
                 {.rules = {.initial_capital = 10'000, .max_positions = 2, .fraction = 0.5}});
    EXPECT_DOUBLE_EQ(simulation.positions[0].proceeds, 59'000);
    // The second call finds 14000 of cash, and an equity of 14000 + 500 * 10.
    EXPECT_DOUBLE_EQ(simulation.positions[1].cash, 14'000);
    EXPECT_DOUBLE_EQ(simulation.positions[1].stake, 9'500);
    std::vector<double> equity;
    for (const EquityPoint& point : simulation.curve) equity.push_back(point.equity());
    const std::vector<double> expected = {10'000, 10'000, 15'250, 19'000, 39'000, 64'000, 64'000};
    ASSERT_EQ(equity.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(equity[i], expected[i], 1e-6);
}

TEST(Portfolio, AFixedCostIsChargedForEveryOrderWhateverTheStake) {
    Candidate candidate = trade(0, 3, 0);
    candidate.sales = {part(candidate, 1, 0.5, 10), part(candidate, 3, 0.5, 10)};
    const Simulation simulation =
        run({candidate}, {.initial_capital = 1000, .fraction = 0.1}, fixed_costs(5));
    EXPECT_DOUBLE_EQ(simulation.positions[0].stake, 100);
    EXPECT_DOUBLE_EQ(simulation.positions[0].units, 9.5);
    EXPECT_DOUBLE_EQ(simulation.positions[0].proceeds, 85);
}

TEST(Portfolio, AStakeThatItsCostsWouldEatIsNotPaid) {
    const auto skipped = [](double fraction, double amount) {
        return run({trade(0, 1, 0)}, {.initial_capital = 1000, .fraction = fraction},
                   fixed_costs(amount))
            .positions[0]
            .skipped;
    };
    EXPECT_EQ(skipped(0.01, 10), Skip::kCosts);
    EXPECT_EQ(skipped(0.01, 9.9), std::nullopt);
}

TEST(Portfolio, TheStopLosesTheRiskCostsIncluded) {
    const auto of = [](double share, const TradingCosts& costs) {
        return simulate(std::vector{trade(0, 1, -500)}, marks(4),
                        {.rules = {.initial_capital = 10'000, .fraction = 1},
                         .costs = costs,
                         .risk = RiskLimit{.share = share, .stop = 0.05}})
            .positions[0];
    };
    EXPECT_NEAR(of(0.01, fixed_costs(5, 0.001)).pnl(), -100, 1e-9);
    EXPECT_NEAR(of(0.01, {.side_cost = 0.004}).pnl(), -100, 1e-9);
    // The fraction bounds it too, and the risk must pay for both orders.
    EXPECT_EQ(of(0.5, fixed_costs(5)).stake, 10'000);
    EXPECT_EQ(of(0.001, fixed_costs(5)).skipped, Skip::kCosts);
}

TEST(Portfolio, TheCurveEndsWhereNothingHappensAnyMore) {
    const std::vector<Candidate> both = {trade(0, 1, 0), trade(0, 3, 0)};
    // The second would have been sold at bar 3.
    EXPECT_EQ(run(both, {.max_positions = 1}).curve.size(), 2u);
    EXPECT_EQ(run(both, {.max_positions = 2}).curve.size(), 4u);
    // A call that is considered is an event, also if it is skipped.
    EXPECT_EQ(run({trade(0, 1, -10'000), trade(2, 3, 0)}, {.fraction = 1}).curve.size(), 3u);
    // What a bar's open sells is marked at that bar's close.
    std::vector<Candidate> at_open = {trade(0, 1, 0)};
    at_open[0].sales[0].at_open = true;
    EXPECT_EQ(run(at_open, {}).curve.size(), 3u);
}

// The same, told anew at each moment from all that is known of every position: slow and plain.
class Retelling {
public:
    Retelling(const std::vector<Candidate>& candidates, const PortfolioModel& model)
        : candidates_(candidates),
          model_(model),
          taken_(candidates.size(), false),
          sold_(candidates.size()),
          stakes_(candidates.size(), 0.0) {
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            sold_[i].resize(candidates[i].sales.size(), false);
        }
    }

    // Cash, invested, number of positions at each mark.
    std::vector<std::tuple<double, double, std::int64_t>> tell(
        const std::vector<std::int64_t>& marks) {
        std::set<std::int64_t> moments(marks.begin(), marks.end());
        for (const Candidate& candidate : candidates_) {
            moments.insert(candidate.entry_ts_ms);
            for (const Sale& sale : candidate.sales) moments.insert(sale.ts_ms);
        }
        std::vector<std::tuple<double, double, std::int64_t>> told;
        for (const std::int64_t now : moments) {
            sell(now, false);
            open(now);
            if (std::find(marks.begin(), marks.end(), now) != marks.end()) {
                told.emplace_back(cash(), invested(now), count());
            }
            sell(now, true);
        }
        return told;
    }
    bool taken(std::size_t i) const { return taken_[i]; }

private:
    void sell(std::int64_t now, bool late) {
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            const Candidate& candidate = candidates_[i];
            for (std::size_t k = 0; k < candidate.sales.size(); ++k) {
                const Sale& sale = candidate.sales[k];
                const bool is_late = sale.at_open || sale.ts_ms == candidate.entry_ts_ms;
                if (taken_[i] && sale.ts_ms == now && is_late == late) sold_[i][k] = true;
            }
        }
    }
    void open(std::int64_t now) {
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (candidates_[i].entry_ts_ms != now) continue;
            const PortfolioRules& rules = model_.rules;
            const double most = rules.fraction * (cash() + invested(now));
            double wanted = most;
            if (model_.risk) {
                // Of a value of 1 the stop loses: what it costs to buy, less what it sells for.
                const double lost = 1 + fee() - (1 - model_.risk->stop) * (1 - fee());
                const double risk = model_.risk->share * (cash() + invested(now)) - 2 * fixed();
                wanted = std::min(wanted, risk > 0 ? risk / lost * (1 + fee()) + fixed() : 0);
            }
            taken_[i] = count() < rules.max_positions && most > 1e-9 * rules.initial_capital &&
                        2 * cash() >= wanted * (1 - 1e-9) && std::min(wanted, cash()) > fixed();
            stakes_[i] = taken_[i] ? std::min(wanted, cash()) : 0;
        }
    }
    double fee() const { return model_.costs.side_cost; }
    double fixed() const { return model_.costs.orders.fixed_cost.value_or(0); }
    double units(std::size_t i) const {
        return (stakes_[i] - fixed()) / (1 + fee()) / candidates_[i].entry_px;
    }
    // What was there at first, less what was paid, and what came back.
    double cash() const {
        double sum = model_.rules.initial_capital;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (!taken_[i]) continue;
            sum -= stakes_[i];
            for (std::size_t k = 0; k < sold_[i].size(); ++k) {
                const Sale& sale = candidates_[i].sales[k];
                const double value = units(i) * sale.fraction * sale.price;
                if (sold_[i][k]) sum += std::max(0.0, value - value * fee() - fixed());
            }
        }
        return sum;
    }
    double invested(std::int64_t now) const {
        double sum = 0;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            if (!taken_[i]) continue;
            const BarsView& bars = candidates_[i].bars;
            double last = bars.close[0];
            for (std::size_t bar = 0; bar < bars.size; ++bar) {
                if (bars.ts[bar] + kMinuteMs <= now) last = bars.close[bar];
            }
            for (std::size_t k = 0; k < sold_[i].size(); ++k) {
                if (!sold_[i][k]) sum += units(i) * candidates_[i].sales[k].fraction * last;
            }
        }
        return sum;
    }
    std::int64_t count() const {
        std::int64_t open = 0;
        for (std::size_t i = 0; i < candidates_.size(); ++i) {
            open += taken_[i] &&
                    !std::all_of(sold_[i].begin(), sold_[i].end(), [](bool sold) { return sold; });
        }
        return open;
    }

    const std::vector<Candidate>& candidates_;
    const PortfolioModel& model_;
    std::vector<bool> taken_;
    std::vector<std::vector<bool>> sold_;  // by candidate and sale
    std::vector<double> stakes_;
};

// When and for how much a part is sold: bars after the entry, whether at an open, return.
using SaleDraw = std::tuple<std::uint8_t, bool, std::int16_t>;
// Entry, and up to three sales.
using Draw = std::tuple<std::uint8_t, SaleDraw, std::vector<SaleDraw>>;

Sale sale_from(const Candidate& candidate, std::int64_t entry, std::int64_t last,
               const SaleDraw& draw) {
    const auto& [length, at_open, gross] = draw;
    Sale sale = part(candidate, std::min<std::int64_t>(entry + length % 6, last), 1,
                     candidate.entry_px * (1 + std::max(gross % 10'500, -10'000) / 1e4));
    sale.at_open = at_open;
    return sale;
}

// One a draw; several sales have unequal fractions, and come in any order.
std::vector<Candidate> candidates_from(const Bars& bars, const std::vector<Draw>& draws) {
    std::vector<Candidate> candidates;
    const auto last = static_cast<std::int64_t>(bars.size()) - 1;
    for (const auto& [entry_draw, first, others] : draws) {
        const std::int64_t entry = entry_draw % (last + 1);
        Candidate candidate = trade(entry, entry, 0, bars);
        candidate.sales = {sale_from(candidate, entry, last, first)};
        for (std::size_t i = 0; i < std::min<std::size_t>(others.size(), 2); ++i) {
            candidate.sales.push_back(sale_from(candidate, entry, last, others[i]));
            candidate.sales.back().fraction = 0.3 - 0.1 * static_cast<double>(i);
            candidate.sales[0].fraction -= candidate.sales.back().fraction;
        }
        candidates.push_back(std::move(candidate));
    }
    return candidates;
}

bool same(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); }

// Of 100: positions, fraction, fee, fixed cost, risk.
using ModelDraw = std::array<std::uint8_t, 5>;

PortfolioModel model_from(const ModelDraw& draw) {
    PortfolioModel model{.rules = {.initial_capital = 100,
                                   .max_positions = 1 + draw[0] % 6,
                                   .fraction = (1 + draw[1] % 20) / 20.0}};
    model.costs.side_cost = draw[2] % 3 * 0.004;
    if (draw[3] % 2 == 1) {
        model.costs = fixed_costs(draw[3] % 7, model.costs.side_cost);
    }
    if (draw[4] % 2 == 1) model.risk = {.share = (1 + draw[4] % 40) / 80.0, .stop = 0.2};
    return model;
}

RC_GTEST_PROP(PortfolioProperty, AgreesWithTheRetelling,
              (const std::vector<Step>& steps, const std::vector<Draw>& draws,
               const ModelDraw& model_draw)) {
    const Bars bars = bars_from(steps);
    const std::vector<Candidate> candidates = candidates_from(bars, draws);
    const PortfolioModel model = model_from(model_draw);
    const std::vector<std::int64_t> times = marks(static_cast<std::int64_t>(bars.size()));
    const Simulation simulation = simulate(candidates, times, model);
    Retelling retelling(candidates, model);
    const auto told = retelling.tell(times);
    for (std::size_t i = 0; i < told.size(); ++i) {
        // Beyond its end nothing changes.
        if (i >= simulation.curve.size()) {
            // The macro evaluates both sides of an `||`.
            if (!simulation.curve.empty()) RC_ASSERT(told[i] == told[i - 1]);
            continue;
        }
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
               const ModelDraw& model_draw)) {
    const Bars bars = bars_from(steps);
    const std::vector<Candidate> candidates = candidates_from(bars, draws);
    const PortfolioModel model = model_from(model_draw);
    const Simulation simulation =
        simulate(candidates, marks(static_cast<std::int64_t>(bars.size())), model);
    double pnl = 0;
    for (const Position& position : simulation.positions) {
        RC_ASSERT(position.cash >= 0);
        RC_ASSERT(position.stake <= position.cash);
        RC_ASSERT(position.stake <= position.equity * model.rules.fraction * (1 + 1e-9));
        RC_ASSERT(position.proceeds >= 0);
        pnl += position.pnl();
    }
    for (const EquityPoint& point : simulation.curve) {
        RC_ASSERT(point.cash >= 0);
        RC_ASSERT(point.invested >= 0);
        RC_ASSERT(point.positions <= model.rules.max_positions);
    }
    if (!simulation.curve.empty()) {
        RC_ASSERT(simulation.curve.back().positions == 0);
        RC_ASSERT(same(simulation.curve.back().equity(), model.rules.initial_capital + pnl));
    }
}

// What happens later, another price, or another time, changes no decision and no mark of before.
RC_GTEST_PROP(PortfolioProperty, NeverLooksAhead,
              (const std::vector<Step>& steps, const std::vector<Draw>& draws,
               const ModelDraw& model_draw, std::uint8_t cut_draw, std::uint8_t delay)) {
    const Bars bars = bars_from(steps);
    const auto size = static_cast<std::int64_t>(bars.size());
    const std::int64_t cut = close_of(cut_draw % size);
    std::vector<Candidate> candidates = candidates_from(bars, draws);
    const PortfolioModel model = model_from(model_draw);
    const Simulation before = simulate(candidates, marks(size), model);

    Bars other = bars;
    for (std::size_t i = 0; i < other.size(); ++i) {
        if (other.ts[i] + kMinuteMs > cut) other.close[i] *= 3;
    }
    for (Candidate& candidate : candidates) {
        const std::size_t entry = other.size() - candidate.bars.size;
        candidate.bars = other.view().slice(entry, other.size());
        for (Sale& sale : candidate.sales) {
            if (sale.ts_ms < cut || (sale.ts_ms == cut && !sale.at_open)) continue;
            const std::size_t bar = std::min(sale.bar + delay % 4, candidate.bars.size - 1);
            sale = {.ts_ms = candidate.bars.ts[bar] + kMinuteMs,
                    .at_open = true,
                    .fraction = sale.fraction,
                    .price = sale.price * 1.5,
                    .bar = bar};
        }
    }
    const Simulation after = simulate(candidates, marks(size), model);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].entry_ts_ms > cut) continue;
        RC_ASSERT(before.positions[i].stake == after.positions[i].stake);
        RC_ASSERT(before.positions[i].skipped == after.positions[i].skipped);
    }
    // What comes after the last mark adds a point that is none.
    const std::size_t common = std::min({before.curve.size(), after.curve.size(), bars.size()});
    for (std::size_t i = 0; i < common && before.curve[i].ts_ms <= cut; ++i) {
        RC_ASSERT(before.curve[i] == after.curve[i]);
    }
}

}  // namespace
}  // namespace daybook::backtest
