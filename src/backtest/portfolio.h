// A portfolio: one purse, several positions, calls in the order of time.
//
// The trades are given, as if each call had been traded alone; what is decided here is which of
// them the capital allows, and how large they are.  At one moment things happen in this order, so
// that nothing is decided by what is known only later:
//
//     bar closes ─▶ 1. positions closed inside that bar, or at its close, give their money back
//                   2. positions are opened at that close, in the order of the calls
//                   3. equity is marked at that close
//     bar opens  ─▶ 4. positions that the next bar's open closes give their money back
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

// A trade that could be made.  The bars are borrowed.
struct Candidate {
    std::int64_t entry_ts_ms = 0;
    std::int64_t exit_ts_ms = 0;  // >= entry_ts_ms
    // Closed by the open of a bar: if another bar closes at exit_ts_ms, that was before.
    bool exit_at_open = false;
    double entry_px = 0;    // > 0
    double entry_cost = 0;  // of the price, as a fraction: units cost entry_px * (1 + entry_cost)
    double net_bps = 0;     // of what was paid, all costs included
    BarsView bars{};        // those that mark it; the first is the one it is entered at
};

enum class Skip {
    kMaxPositions,  // as many positions as are allowed are open
    kNoCapital,     // less cash than half of what a position should cost, or no equity
};
std::string_view to_string(Skip skip);  // "max_positions", "no_capital"

// What became of a candidate.
struct Position {
    std::optional<Skip> skipped{};
    double equity = 0;  // at the entry, before it
    double cash = 0;    // at the entry, before it
    // 0 if it was skipped.
    double stake = 0;     // paid at the entry, costs included
    double units = 0;     // held until the exit
    double proceeds = 0;  // got at the exit, after costs; >= 0: a position loses its stake at most

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
// one moment.  A position costs `fraction` of the equity, or the cash that is left where that is
// less but at least kLeastShare of it.  The whole of it is sold at exit_ts_ms; what a ladder sells
// earlier is held, and marked, until then.
//
// `marks` are the ascending closes of bars; a position whose symbol has no bar there is marked at
// its last close.  Exits after the last mark add a point at the last one's time.
Simulation simulate(std::span<const Candidate> candidates, std::span<const std::int64_t> marks,
                    std::int64_t interval_ms, const PortfolioRules& rules);

}  // namespace daybook::backtest
