// What a backtest computes with, read and checked before its run begins.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backtest/call.h"
#include "backtest/candles.h"
#include "backtest/market_calendar.h"
#include "backtest/options.h"
#include "base/result.h"
#include "duck/connection.h"

namespace daybook::backtest {

struct Inputs {
    CallSet calls;
    MarketCalendar calendar;
    std::vector<std::optional<Window>> windows;  // one a call; none: the calendar ends before it
    CandleSet candles;
    std::string fingerprint;
    std::vector<std::string> jumps{};  // see describe_jumps(); of an observed daily calendar
    bool synthetic = false;            // the candles were made up by `daybook backtest synth`
    std::string no_bars{};             // why there is no bar at all, where there is none
};

// What is asked of the inputs beside what InputOptions say.
struct InputNeeds {
    std::int64_t latency_bars = 0;  // windows hold bars for orders that act so late
    bool volume = false;            // candles without volumes are refused
};

// How far the windows reach for policies that hold so long at most.
WindowSpec window_spec(const InputOptions& options, std::int64_t longest_hold_ms,
                       const InputNeeds& needs = {});

// Refuses options that make no sense, naming the option, what was found and what was expected.
Status check_input_options(const InputOptions& options);

// The calendar that applies: the one given, else observed for 1d and 24x7 below.
CalendarKind calendar_kind(const InputOptions& options);

// Refuses a max hold that gives `strict` no bar after the entry's.
Status check_max_hold(const InputOptions& options, Execution execution,
                      std::int64_t longest_hold_ms);

// Reads calls, plans their windows, reads and checks the bars inside them.  `cancelled` is asked
// after each file: kCancelled.
Result<Inputs> read_inputs(duck::Connection& connection, const InputOptions& options,
                           std::int64_t longest_hold_ms,
                           const std::function<bool()>& cancelled = {},
                           const InputNeeds& needs = {});

}  // namespace daybook::backtest
