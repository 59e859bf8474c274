// What a backtest computes with, read and checked before its run begins.
#pragma once

#include <cstdint>
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
};

// Refuses options that make no sense, naming the option, what was found and what was expected.
Status check_input_options(const InputOptions& options);

// The calendar that applies: the one given, else observed for 1d and 24x7 below.
CalendarKind calendar_kind(const InputOptions& options);

// Reads calls, plans their windows, reads and checks the bars inside them.
Result<Inputs> read_inputs(duck::Connection& connection, const InputOptions& options,
                           std::int64_t longest_hold_ms);

}  // namespace daybook::backtest
