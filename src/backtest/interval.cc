#include "backtest/interval.h"

#include <charconv>
#include <optional>

namespace daybook::backtest {
namespace {

constexpr std::int64_t kSpanMsMax = std::int64_t{100} * 366 * 86'400'000;

// Milliseconds of a unit; nullopt for an unknown one.
std::optional<std::int64_t> unit_ms(std::string_view unit) {
    if (unit == "ms") return 1;
    if (unit == "s") return 1'000;
    if (unit == "m") return 60'000;
    if (unit == "h") return 3'600'000;
    if (unit == "d") return 86'400'000;
    return std::nullopt;
}

}  // namespace

Result<Interval> parse_interval(std::string_view name) {
    for (const Interval& interval : kIntervals) {
        if (interval.name == name) return interval;
    }
    return fail(ErrorCode::kInvalidArgument,
                "interval: found '{}', expected one of 1s 15s 1m 5m 15m 1h 4h 1d", name);
}

std::string Span::to_string() const {
    return counts_bars_ ? fmt::format("{}", value_) : fmt::format("{}ms", value_);
}

Result<Span> parse_span(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    const bool has_number = error == std::errc() && rest != text.data();
    const std::optional<std::int64_t> factor = unit.empty() ? 1 : unit_ms(unit);
    if (!has_number || number < 0 || !factor) {
        return fail(ErrorCode::kInvalidArgument,
                    "span: found '{}', expected a number of bars such as 1440, or a duration such "
                    "as 90s, 30m, 24h, 2d",
                    text);
    }
    const std::int64_t limit = unit.empty() ? kSpanBarsMax : kSpanMsMax / *factor;
    if (number > limit) {
        return fail(ErrorCode::kLimit, "span: found '{}', expected at most {}{}", text, limit,
                    unit);
    }
    return unit.empty() ? Span::bars(number) : Span::ms(number * *factor);
}

}  // namespace daybook::backtest
