#include "backtest/inputs.h"

#include <cmath>
#include <set>
#include <utility>

#include "backtest/fingerprint.h"

namespace daybook::backtest {
namespace {

std::vector<std::string> symbols_of(const std::vector<Call>& calls) {
    std::set<std::string> symbols;
    for (const Call& call : calls) symbols.insert(call.mint);
    return {symbols.begin(), symbols.end()};
}

Result<MarketCalendar> make_calendar(Candles& candles, const InputOptions& options,
                                     const std::vector<Call>& calls) {
    if (calendar_kind(options) == CalendarKind::kAlways) {
        return MarketCalendar::always(options.interval);
    }
    ASSIGN_OR_RETURN(std::vector<std::int64_t> opens, candles.open_times(symbols_of(calls)));
    return MarketCalendar::observed(options.interval, std::move(opens));
}

}  // namespace

CalendarKind calendar_kind(const InputOptions& options) {
    if (options.calendar) return *options.calendar;
    return options.interval.name == "1d" ? CalendarKind::kObserved : CalendarKind::kAlways;
}

Status check_input_options(const InputOptions& options) {
    const auto refuse = [](std::string_view option, const auto& found, std::string_view expected) {
        return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected {}", option, found,
                    expected);
    };
    if (options.calls.empty()) return refuse("calls", "", "a file");
    if (options.candles.empty()) return refuse("candles", "", "a file, a glob or a directory");
    if (options.symbol && options.symbol->empty()) return refuse("symbol", "", "a name");
    if (options.max_hold.value() < 1) {
        return refuse("max-hold", options.max_hold.to_string(), "at least one bar or 1ms");
    }
    if (options.warm_up_bars < 0 || options.warm_up_bars > kSpanBarsMax) {
        return refuse("warm-up", options.warm_up_bars,
                      fmt::format("a number of bars from 0 to {}", kSpanBarsMax));
    }
    // A negative delay would enter before the call was made.
    if (options.entry_delay.value() < 0) {
        return refuse("entry-delay", options.entry_delay.to_string(), "bars or time from 0 up");
    }
    if (!std::isfinite(options.min_coverage) || options.min_coverage < 0 ||
        options.min_coverage > 1) {
        return refuse("min-coverage", options.min_coverage, "a fraction from 0 to 1");
    }
    if (options.from && options.to && *options.to < *options.from) {
        return refuse("to", to_string(*options.to),
                      fmt::format("a day not before {}", to_string(*options.from)));
    }
    return {};
}

Result<Inputs> read_inputs(duck::Connection& connection, const InputOptions& options,
                           std::int64_t longest_hold_ms) {
    RETURN_IF_ERROR(connection.execute("SET TimeZone = 'UTC'"));
    ASSIGN_OR_RETURN(CallSet calls,
                     read_calls(connection, options.calls, options.from, options.to));
    ASSIGN_OR_RETURN(Candles candles, Candles::open(connection, options.candles, options.symbol));
    ASSIGN_OR_RETURN(MarketCalendar calendar, make_calendar(candles, options, calls.calls));

    const WindowSpec spec{.max_hold = options.max_hold,
                          .warm_up_bars = options.warm_up_bars,
                          .entry_delay = options.entry_delay,
                          .longest_hold_ms = longest_hold_ms};
    Inputs inputs{.calls = std::move(calls),
                  .calendar = std::move(calendar),
                  .windows = {},
                  .candles = {},
                  .fingerprint = {}};
    RangesBySymbol ranges;
    for (const Call& call : inputs.calls.calls) {
        inputs.windows.push_back(inputs.calendar.window(call.created_at_ms, spec));
        const std::optional<Window>& window = inputs.windows.back();
        if (window) ranges[call.mint].push_back({window->begin_ms, window->end_ms});
    }
    merge_ranges(ranges);
    ASSIGN_OR_RETURN(inputs.candles, candles.load(ranges, inputs.calendar, options.on_bad_data));
    inputs.fingerprint = data_fingerprint(inputs.calls.calls, inputs.candles.bars);
    return inputs;
}

}  // namespace daybook::backtest
