// A portfolio: one purse, several positions, calls in the order of time.
//
// The trades are given, as if each call had been traded alone: when it is entered, and what is sold
// of it when.  What is decided here is which of them the capital allows, and how large they are. At
// one moment things happen in this order, so that nothing is decided by what is known only later:
//
//     bar closes ─▶ 1. what was sold inside that bar, or at its close, gives its money back
//                   2. positions are opened at that close, in the order of the calls
//                   3. equity is marked at that close
//     bar opens  ─▶ 4. what the next bar's open sells gives its money back
//
// Pure functions of plain data; safe to call from all threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "backtest/bars.h"
#include "backtest/orders.h"
#include "backtest/position_size.h"

namespace daybook::backtest {

// A position is opened if at least this share of what it should cost is left.  Equity that moves
// makes the last of ten positions of a tenth cost a little more, or less, than what the others have
// left.
inline constexpr double kLeastShare = 0.5;

struct PortfolioRules {
    double initial_capital = 10'000;  // > 0, in the currency of the prices
    std::int64_t max_positions = 10;  // >= 1
    // Of the equity at the entry, what one position should cost; (0, 1].
    double fraction = 0.1;
};

// What bounds a position beside the fraction.
struct RiskLimit {
    double share = 0;  // of the equity at the entry, what the stop may lose; (0, 1]
    double stop = 0;   // how far below the entry price it lies, as a fraction of it; (0, 1]
};

// All that sizes positions and settles them.
struct PortfolioModel {
    PortfolioRules rules{};
    TradingCosts costs{};
    std::optional<RiskLimit> risk{};
    std::int64_t interval_ms = 60'000;  // the length of a bar
};

// A sale of a part of a position.
struct Sale {
    std::int64_t ts_ms = 0;  // >= the entry
    // Filled by the open of a bar: if another bar closes at ts_ms, that was before.
    bool at_open = false;
    double fraction = 1;  // of what was bought
    double price = 0;
    std::size_t bar = 0;  // the one it fills in: index into the candidate's bars
};

// A trade that could be made.  The bars are borrowed.
struct Candidate {
    std::int64_t entry_ts_ms = 0;
    double entry_px = 0;        // > 0
    std::vector<Sale> sales{};  // at least one, in any order; their fractions sum to 1
    BarsView bars{};            // those that mark it; the first is the one it is entered at
};

// The sales that a trade's fills are.  `bars` are those of the candidate, its entry the first; the
// fills count from `entry` bars before it.
std::vector<Sale> sales_of(const std::vector<Fill>& fills, std::size_t entry, const BarsView& bars,
                           std::int64_t interval_ms);

enum class Skip {
    kMaxPositions,  // as many positions as are allowed are open
    kNoCapital,     // less cash than half of what a position should cost, or no equity
    kCosts,         // what it may cost, or lose, does not exceed the fixed costs of its orders
};
std::string_view to_string(Skip skip);  // "max_positions", "no_capital", "costs"

// What became of a candidate.
struct Position {
    std::optional<Skip> skipped{};
    double equity = 0;  // at the entry, before it
    double cash = 0;    // at the entry, before it
    // 0 if it was skipped.
    double stake = 0;     // paid at the entry, costs included
    double units = 0;     // bought
    double proceeds = 0;  // got by all its sales, after costs; >= 0: it loses its stake at most

    double pnl() const { return proceeds - stake; }
    bool operator==(const Position&) const = default;
};

// The portfolio at the close of a bar.
struct EquityPoint {
    std::int64_t ts_ms = 0;
    double cash = 0;      // >= 0
    double invested = 0;  // units at their last close; >= 0
    std::int64_t positions = 0;

    double equity() const { return cash + invested; }
    bool operator==(const EquityPoint&) const = default;
};

struct Simulation {
    std::vector<Position> positions{};  // by candidate
    std::vector<EquityPoint> curve{};   // one a mark
    bool operator==(const Simulation&) const = default;
};

// Trades `candidates`, which are in the order of their calls: that order decides between entries of
// one moment.  A position costs `fraction` of the equity, or what its stop may lose allows if that
// is less, or the cash that is left where that is less but at least kLeastShare of it.  Each sale
// pays when it happens; one that is worth less than it costs pays nothing.
//
// `marks` are the ascending closes of bars; a position whose symbol has no bar there is marked at
// its last close.  The curve ends with the mark after which nothing happens any more: no candidate
// is considered, and no position that was opened sells.  What happens after the last mark adds a
// point at its time.
Simulation simulate(std::span<const Candidate> candidates, std::span<const std::int64_t> marks,
                    const PortfolioModel& model);

}  // namespace daybook::backtest
