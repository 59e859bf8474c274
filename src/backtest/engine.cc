#include "backtest/engine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "backtest/exits.h"
#include "base/check.h"

namespace daybook::backtest {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kLadderRemainder = 1e-9;

// A level that prices fall to, and one that they rise to; absent levels are never touched.
struct Floor {
    double level;
    double touch;
    explicit Floor(double price) : level(price), touch(price * (1 + kTouchTolerance)) {}
    static Floor absent() { return Floor(-kNever); }
};
struct Ceiling {
    double level;
    double touch;
    explicit Ceiling(double price) : level(price), touch(price * (1 - kTouchTolerance)) {}
    static Ceiling absent() { return Ceiling(kNever); }
};

Floor stop_below(double entry, const std::optional<double>& fraction) {
    return fraction ? Floor(entry * (1 - *fraction)) : Floor::absent();
}
Ceiling profit_above(double entry, const std::optional<double>& fraction) {
    return fraction ? Ceiling(entry * (1 + *fraction)) : Ceiling::absent();
}

// strict: a stop that the bar opens below fills at its open; a limit that it opens above, too.
template <Execution kExecution>
Exit stopped(const BarsView& bars, std::size_t i, double level, ExitReason reason) {
    if constexpr (kExecution == Execution::kClassic) return {i, level, false, reason};
    return {i, std::min(bars.open[i], level), bars.open[i] <= level, reason};
}
template <Execution kExecution>
Exit limited(const BarsView& bars, std::size_t i, double level, ExitReason reason) {
    if constexpr (kExecution == Execution::kClassic) return {i, level, false, reason};
    return {i, std::max(bars.open[i], level), bars.open[i] >= level, reason};
}
Exit at_close(const BarsView& bars, std::size_t i, ExitReason reason) {
    return {i, bars.close[i], false, reason};
}
Exit end_of_data(const BarsView& bars) {
    return at_close(bars, bars.size - 1, ExitReason::kEndOfData);
}

// strict knows nothing of the entry bar but its close, which is its last price.
template <Execution kExecution>
constexpr std::size_t kFirstScanned = kExecution == Execution::kStrict ? 1 : 0;

template <Execution kExecution>
Exit find_exit(const FixedStop& policy, const BarsView& bars) {
    const double entry = bars.close[0];
    const Floor stop = stop_below(entry, policy.stop_pct);
    const Ceiling profit = profit_above(entry, policy.take_profit_pct);
    for (std::size_t i = kFirstScanned<kExecution>; i < bars.size; ++i) {
        if (bars.low[i] <= stop.touch) {
            return stopped<kExecution>(bars, i, stop.level, ExitReason::kStopLoss);
        }
        if (bars.high[i] >= profit.touch) {
            return limited<kExecution>(bars, i, profit.level, ExitReason::kTakeProfit);
        }
    }
    return end_of_data(bars);
}

template <Execution kExecution>
Exit find_exit(const TimeStop& policy, const BarsView& bars) {
    const Ceiling profit = profit_above(bars.close[0], policy.take_profit_pct);
    // The bar at whose end the position is at least max_hold_ms old.
    const std::size_t last = first_at_or_after(bars, bars.ts[0] + policy.max_hold_ms);
    const std::size_t end = std::min(last + 1, bars.size);
    for (std::size_t i = kFirstScanned<kExecution>; i < end; ++i) {
        // At the last bar classic looks at the clock first, strict at the prices that come before
        // the close.
        if (kExecution == Execution::kClassic && i == last) break;
        if (bars.high[i] >= profit.touch) {
            return limited<kExecution>(bars, i, profit.level, ExitReason::kTakeProfit);
        }
    }
    return last < bars.size ? at_close(bars, last, ExitReason::kTimeStop) : end_of_data(bars);
}

// classic: the peak includes the bar's own high, although its low may have come first.
Exit find_trailing_exit_classic(const TrailingStop& policy, const BarsView& bars) {
    const double entry = bars.close[0];
    const Floor hard = stop_below(entry, policy.hard_stop_pct);
    const Ceiling activation = profit_above(entry, policy.activation_pct);
    double peak = 0;  // 0: not active
    for (std::size_t i = 0; i < bars.size; ++i) {
        if (bars.low[i] <= hard.touch) {
            return stopped<Execution::kClassic>(bars, i, hard.level, ExitReason::kHardStop);
        }
        if (peak == 0 && bars.high[i] < activation.touch) continue;
        peak = std::max(peak, bars.high[i]);
        const Floor trail(peak * (1 - policy.trail_pct));
        if (bars.low[i] <= trail.touch) {
            return stopped<Execution::kClassic>(bars, i, trail.level, ExitReason::kTrailingStop);
        }
    }
    return end_of_data(bars);
}

// strict: the order that stands in the market during a bar is the higher of the two stops as the
// bars before it have set them.
Exit find_trailing_exit_strict(const TrailingStop& policy, const BarsView& bars) {
    const double entry = bars.close[0];
    const Floor hard = stop_below(entry, policy.hard_stop_pct);
    const Ceiling activation = profit_above(entry, policy.activation_pct);
    std::size_t i = 1;
    for (;; ++i) {
        if (i >= bars.size) return end_of_data(bars);
        if (bars.low[i] <= hard.touch) {
            return stopped<Execution::kStrict>(bars, i, hard.level, ExitReason::kHardStop);
        }
        if (bars.high[i] >= activation.touch) break;
    }
    double peak = bars.high[i];
    for (++i; i < bars.size; ++i) {
        const double level = peak * (1 - policy.trail_pct);
        const bool trails = level > hard.level;
        const Floor stop(trails ? level : hard.level);
        if (bars.low[i] <= stop.touch) {
            return stopped<Execution::kStrict>(
                bars, i, stop.level, trails ? ExitReason::kTrailingStop : ExitReason::kHardStop);
        }
        peak = std::max(peak, bars.high[i]);
    }
    return end_of_data(bars);
}

template <Execution kExecution>
Exit find_exit(const TrailingStop& policy, const BarsView& bars) {
    return kExecution == Execution::kStrict ? find_trailing_exit_strict(policy, bars)
                                            : find_trailing_exit_classic(policy, bars);
}

// What of the original position has been sold, and for how much.
struct Sold {
    double fraction = 0;
    double value = 0;

    double remainder() const { return 1 - fraction; }
    void sell(double part, const Exit& fill) {
        fraction += part;
        value += part * fill.price;
    }
};

// The same, and every order.
struct SoldByOrders : Sold {
    std::vector<ExitOrder> orders;

    void sell(double part, const Exit& fill) {
        Sold::sell(part, fill);
        orders.push_back({.fill = fill, .fraction = part});
    }
};

// The exit that sells the remainder as `last` says.
template <typename Sales>
Exit sell_rest(Sales& sold, Exit last) {
    sold.sell(sold.remainder(), last);
    last.price = sold.value / sold.fraction;
    return last;
}

template <Execution kExecution, typename Sales>
Exit climb(std::span<const LadderLevel> levels, const Ladder& policy, const BarsView& bars,
           Sales& sold) {
    const double entry = bars.close[0];
    const Floor stop = stop_below(entry, policy.stop_pct);
    std::size_t next = 0;
    Ceiling ceiling(entry * levels[0].multiple);
    for (std::size_t i = kFirstScanned<kExecution>; i < bars.size; ++i) {
        if (bars.low[i] <= stop.touch) {
            return sell_rest(sold, stopped<kExecution>(bars, i, stop.level, ExitReason::kStopLoss));
        }
        while (bars.high[i] >= ceiling.touch) {
            Exit fill = limited<kExecution>(bars, i, ceiling.level, ExitReason::kLadderComplete);
            sold.sell(std::min(levels[next].fraction, sold.remainder()), fill);
            if (sold.remainder() < kLadderRemainder) {
                fill.price = sold.value / sold.fraction;
                return fill;
            }
            ++next;
            ceiling =
                next < levels.size() ? Ceiling(entry * levels[next].multiple) : Ceiling::absent();
        }
    }
    return sell_rest(sold, end_of_data(bars));
}

template <Execution kExecution, typename Sales>
Exit find_ladder_exit(const Ladder& policy, const BarsView& bars, Sales& sold) {
    const auto below = [](const LadderLevel& a, const LadderLevel& b) {
        return a.multiple < b.multiple;
    };
    if (std::is_sorted(policy.levels.begin(), policy.levels.end(), below)) {
        return climb<kExecution>(policy.levels, policy, bars, sold);
    }
    std::vector<LadderLevel> upwards = policy.levels;
    std::stable_sort(upwards.begin(), upwards.end(), below);
    return climb<kExecution>(upwards, policy, bars, sold);
}

template <Execution kExecution>
Exit find_exit(const Ladder& policy, const BarsView& bars) {
    Sold sold;
    return find_ladder_exit<kExecution>(policy, bars, sold);
}

// Of one that is no combo.
template <Execution kExecution>
Exit find_exit_of(const Policy& policy, const BarsView& bars) {
    return std::visit(
        [&](const auto& kind) -> Exit {
            if constexpr (std::is_same_v<std::decay_t<decltype(kind)>, Combo>) {
                return {};
            } else {
                return find_exit<kExecution>(kind, bars);
            }
        },
        policy.kind);
}

struct Extremes {
    double low = kNever;
    double high = -kNever;
};

// Four running values each, because one alone would wait for itself at every bar.
Extremes extremes(const BarsView& bars, std::size_t begin, std::size_t end) {
    double low[4] = {kNever, kNever, kNever, kNever};
    double high[4] = {-kNever, -kNever, -kNever, -kNever};
    std::size_t i = begin;
    for (; i + 4 <= end; i += 4) {
        for (std::size_t k = 0; k < 4; ++k) {
            low[k] = bars.low[i + k] < low[k] ? bars.low[i + k] : low[k];
            high[k] = bars.high[i + k] > high[k] ? bars.high[i + k] : high[k];
        }
    }
    for (; i < end; ++i) {
        low[0] = std::min(low[0], bars.low[i]);
        high[0] = std::max(high[0], bars.high[i]);
    }
    return {std::min(std::min(low[0], low[1]), std::min(low[2], low[3])),
            std::max(std::max(high[0], high[1]), std::max(high[2], high[3]))};
}

double net_bps(const ExecutionModel& model, double gross, double ratio) {
    const double cost = model.side_cost;
    if (model.execution == Execution::kClassic) return gross - 2 * cost * 1e4;
    return (ratio * (1 - cost) / (1 + cost) - 1) * 1e4;
}

template <Execution kExecution>
Trade settle_by(const Exit& exit, const BarsView& bars, const ExecutionModel& model) {
    Trade trade;
    trade.entry_px = bars.close[0];
    trade.exit_px = exit.price;
    trade.reason = exit.reason;
    trade.stop_out = is_stop(exit.reason);
    trade.exit_bar = exit.bar;
    const double ratio = exit.price / trade.entry_px;
    trade.gross_bps = (ratio - 1) * 1e4;
    trade.net_bps = net_bps(model, trade.gross_bps, ratio);

    if constexpr (kExecution == Execution::kStrict) {
        trade.entry_ts_ms = bars.ts[0] + model.interval_ms;
        trade.exit_ts_ms = bars.ts[exit.bar] + (exit.at_open ? 0 : model.interval_ms);
        // Days of an exchange may be 23 hours apart: the next open is then before the nominal
        // close.
        trade.exit_ts_ms = std::max(trade.exit_ts_ms, trade.entry_ts_ms);
    } else {
        trade.entry_ts_ms = bars.ts[0];
        trade.exit_ts_ms = bars.ts[exit.bar];
    }
    trade.time_exposed_ms = trade.exit_ts_ms - trade.entry_ts_ms;

    if (exit.bar >= kFirstScanned<kExecution>) {
        const Extremes seen = extremes(bars, kFirstScanned<kExecution>, exit.bar + 1);
        trade.max_adverse_excursion_bps = std::min(0.0, (seen.low / trade.entry_px - 1) * 1e4);
        const double peak_bps = (seen.high / trade.entry_px - 1) * 1e4;
        if (peak_bps > 0) trade.tail_capture = std::min(trade.gross_bps / peak_bps, 1.0);
    }
    return trade;
}

template <Execution kExecution>
Trade run(const Policy& policy, const BarsView& bars, const ExecutionModel& model);

// classic: the bar decides, ties go to the first.  strict: the bar, then the time within it; ties
// go to the lower net, because nobody can know which of two orders of one bar came first.  The
// close of one bar and the open of the next may be the same moment: the bar tells which was before.
// Data that end lose against an exit, or its fate would hang on whether another bar follows.
template <Execution kExecution>
bool wins_by(const Trade& challenger, const Trade& best) {
    if (challenger.exit_bar != best.exit_bar) return challenger.exit_bar < best.exit_bar;
    if constexpr (kExecution == Execution::kClassic) return false;
    if (challenger.exit_ts_ms != best.exit_ts_ms) return challenger.exit_ts_ms < best.exit_ts_ms;
    const bool ended = best.reason == ExitReason::kEndOfData;
    if (ended != (challenger.reason == ExitReason::kEndOfData)) return ended;
    return challenger.net_bps < best.net_bps;
}

template <Execution kExecution>
Trade run_combo(const Combo& combo, const BarsView& bars, const ExecutionModel& model) {
    DAYBOOK_CHECK(!combo.policies.empty());
    Trade best = run<kExecution>(combo.policies[0], bars, model);
    for (std::size_t i = 1; i < combo.policies.size(); ++i) {
        const Trade trade = run<kExecution>(combo.policies[i], bars, model);
        if (wins_by<kExecution>(trade, best)) best = trade;
    }
    return best;
}

template <Execution kExecution>
Trade run(const Policy& policy, const BarsView& bars, const ExecutionModel& model) {
    if (const auto* combo = std::get_if<Combo>(&policy.kind)) {
        return run_combo<kExecution>(*combo, bars, model);
    }
    return settle_by<kExecution>(find_exit_of<kExecution>(policy, bars), bars, model);
}

template <Execution kExecution>
std::vector<ExitOrder> orders_of(const Policy& policy, const BarsView& bars) {
    if (const auto* ladder = std::get_if<Ladder>(&policy.kind)) {
        SoldByOrders sold;
        find_ladder_exit<kExecution>(*ladder, bars, sold);
        return std::move(sold.orders);
    }
    return {{.fill = find_exit_of<kExecution>(policy, bars), .fraction = 1}};
}

}  // namespace

std::string_view to_string(ExitReason reason) {
    switch (reason) {
        case ExitReason::kStopLoss: return "stop_loss";
        case ExitReason::kTakeProfit: return "take_profit";
        case ExitReason::kTimeStop: return "time_stop";
        case ExitReason::kTrailingStop: return "trailing_stop";
        case ExitReason::kHardStop: return "hard_stop";
        case ExitReason::kLadderComplete: return "ladder_complete";
        case ExitReason::kEndOfData: return "end_of_data";
    }
    return "";
}

bool is_stop(ExitReason reason) {
    return reason == ExitReason::kStopLoss || reason == ExitReason::kHardStop ||
           reason == ExitReason::kTrailingStop;
}

Trade execute(const Policy& policy, const BarsView& bars, const ExecutionModel& model) {
    DAYBOOK_CHECK(bars.size > 0 && std::isfinite(bars.close[0]) && bars.close[0] > 0);
    return model.execution == Execution::kStrict ? run<Execution::kStrict>(policy, bars, model)
                                                 : run<Execution::kClassic>(policy, bars, model);
}

std::vector<ExitOrder> exit_orders(const Policy& policy, const BarsView& bars,
                                   Execution execution) {
    DAYBOOK_CHECK(bars.size > 0 && !std::holds_alternative<Combo>(policy.kind));
    return execution == Execution::kStrict ? orders_of<Execution::kStrict>(policy, bars)
                                           : orders_of<Execution::kClassic>(policy, bars);
}

Trade settle(const Exit& exit, const BarsView& bars, const ExecutionModel& model) {
    return model.execution == Execution::kStrict
               ? settle_by<Execution::kStrict>(exit, bars, model)
               : settle_by<Execution::kClassic>(exit, bars, model);
}

bool wins(const Trade& challenger, const Trade& best, Execution execution) {
    return execution == Execution::kStrict ? wins_by<Execution::kStrict>(challenger, best)
                                           : wins_by<Execution::kClassic>(challenger, best);
}

}  // namespace daybook::backtest
