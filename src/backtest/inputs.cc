#include "backtest/inputs.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "backtest/fingerprint.h"
#include "backtest/spacing.h"

namespace daybook::backtest {
namespace {

std::vector<std::string> symbols_of(const std::vector<Call>& calls) {
    std::set<std::string> symbols;
    for (const Call& call : calls) symbols.insert(call.mint);
    return {symbols.begin(), symbols.end()};
}

Result<MarketCalendar> make_calendar(Candles& candles, const InputOptions& options,
                                     const std::vector<Call>& calls,
                                     std::vector<std::string>& jumps) {
    if (calendar_kind(options) == CalendarKind::kAlways) {
        return MarketCalendar::always(options.interval);
    }
    const std::vector<std::string> symbols = symbols_of(calls);
    ASSIGN_OR_RETURN(std::vector<std::int64_t> opens, candles.open_times(symbols));
    if (options.interval.name == "1d") {
        const std::string whose =
            symbols.size() == 1 ? symbols[0] : fmt::format("any of {} symbols", symbols.size());
        jumps = describe_jumps(options.candles, whose, opens);
    }
    return MarketCalendar::observed(options.interval, std::move(opens));
}

// The bars in memory settle it where windows hold several; only else all bars are looked at.
Status check_spacing(Candles& candles, const InputOptions& options, const Inputs& inputs) {
    Distances loaded;
    for (const auto& [symbol, bars] : inputs.candles.bars) count_distances(bars.ts, loaded);
    if (loaded.contains(options.interval.ms) && !contradiction(loaded, options.interval)) return {};
    ASSIGN_OR_RETURN(const auto by_symbol, candles.distances(symbols_of(inputs.calls.calls)));
    Distances all;
    for (const auto& [symbol, distances] : by_symbol) {
        for (const auto& [ms, count] : distances) all[ms] += count;
    }
    const std::optional<std::int64_t> found = contradiction(all, options.interval);
    if (!found) return {};
    const auto whose = std::find_if(by_symbol.begin(), by_symbol.end(), [&](const auto& symbol) {
        return symbol.second.contains(*found);
    });
    return fail(wrong_interval(options.candles, whose->first, *found, options.interval));
}

// "no bars for FOO; the candles have SPX".
Result<std::string> explain_no_bars(Candles& candles, const Inputs& inputs) {
    ASSIGN_OR_RETURN(const std::vector<std::string> there, candles.some_symbols());
    if (there.empty()) return std::string("the candles have no row");
    std::vector<std::string> wanted = symbols_of(inputs.calls.calls);
    if (wanted.size() > 5) wanted.resize(5);
    return fmt::format("no bars for {}; the candles have {}", fmt::join(wanted, ", "),
                       fmt::join(there, ", "));
}

Status check_cancelled(const std::function<bool()>& cancelled) {
    if (!cancelled || !cancelled()) return {};
    return fail(ErrorCode::kCancelled, "backtest: stopped while reading inputs, nothing recorded");
}

}  // namespace

CalendarKind calendar_kind(const InputOptions& options) {
    if (options.calendar) return *options.calendar;
    return options.interval.name == "1d" ? CalendarKind::kObserved : CalendarKind::kAlways;
}

WindowSpec window_spec(const InputOptions& options, std::int64_t longest_hold_ms,
                       const InputNeeds& needs) {
    return {.max_hold = options.max_hold,
            .warm_up_bars = options.warm_up_bars,
            .entry_delay = options.entry_delay,
            .longest_hold_ms = longest_hold_ms,
            .latency_bars = needs.latency_bars};
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

Status check_max_hold(const InputOptions& options, Execution execution,
                      std::int64_t longest_hold_ms) {
    const Span hold = options.max_hold;
    const std::int64_t ms = options.interval.ms;
    const std::int64_t bars = hold.counts_bars() ? hold.value() : (hold.value() + ms - 1) / ms;
    if (execution == Execution::kClassic || bars != 1 || longest_hold_ms >= ms) return {};
    return fail(ErrorCode::kInvalidArgument,
                "max-hold: found '{}', which is {} bar of {}; strict needs a bar after the "
                "entry's, pass 2 or more",
                hold.to_string(), bars, options.interval.name);
}

Result<Inputs> read_inputs(duck::Connection& connection, const InputOptions& options,
                           std::int64_t longest_hold_ms, const std::function<bool()>& cancelled,
                           const InputNeeds& needs) {
    RETURN_IF_ERROR(connection.execute("SET TimeZone = 'UTC'"));
    ASSIGN_OR_RETURN(CallSet calls,
                     read_calls(connection, options.calls, options.from, options.to));
    RETURN_IF_ERROR(check_cancelled(cancelled));
    ASSIGN_OR_RETURN(Candles candles, Candles::open(connection, options.candles, options.symbol));
    if (needs.volume) RETURN_IF_ERROR(candles.require_volume("cost model sqrt-impact"));
    ASSIGN_OR_RETURN(const bool synthetic, candles.is_synthetic());
    std::vector<std::string> jumps;
    ASSIGN_OR_RETURN(MarketCalendar calendar, make_calendar(candles, options, calls.calls, jumps));
    RETURN_IF_ERROR(check_cancelled(cancelled));

    const WindowSpec spec = window_spec(options, longest_hold_ms, needs);
    Inputs inputs{.calls = std::move(calls),
                  .calendar = std::move(calendar),
                  .windows = {},
                  .candles = {},
                  .fingerprint = {},
                  .jumps = std::move(jumps),
                  .synthetic = synthetic};
    RangesBySymbol ranges;
    for (const Call& call : inputs.calls.calls) {
        inputs.windows.push_back(inputs.calendar.window(call.created_at_ms, spec));
        const std::optional<Window>& window = inputs.windows.back();
        if (window) ranges[call.mint].push_back({window->begin_ms, window->end_ms});
    }
    merge_ranges(ranges);
    ASSIGN_OR_RETURN(inputs.candles, candles.load(ranges, inputs.calendar, options.on_bad_data));
    RETURN_IF_ERROR(check_cancelled(cancelled));
    RETURN_IF_ERROR(check_spacing(candles, options, inputs));
    if (inputs.candles.bars.empty() && !inputs.calls.calls.empty()) {
        ASSIGN_OR_RETURN(inputs.no_bars, explain_no_bars(candles, inputs));
    }
    RETURN_IF_ERROR(check_cancelled(cancelled));
    inputs.fingerprint = data_fingerprint(inputs.calls.calls, inputs.candles.bars);
    return inputs;
}

}  // namespace daybook::backtest
