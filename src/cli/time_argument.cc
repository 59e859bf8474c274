#include "cli/time_argument.h"

#include <charconv>
#include <optional>

#include "base/calendar.h"
#include "base/text.h"

namespace daybook::cli {
namespace {

// A thousand years: what is longer is a slip, and must not overflow.
constexpr std::int64_t kAgoMsMax = kDayMs * 365'000;

std::optional<std::int64_t> unit_ms(char unit) {
    switch (unit) {
        case 's': return 1000;
        case 'm': return 60'000;
        case 'h': return 3'600'000;
        case 'd': return kDayMs;
        case 'w': return kDayMs * 7;
        default: return std::nullopt;
    }
}

}  // namespace

Result<TimestampMs> parse_time_argument(std::string_view text, TimestampMs now) {
    if (const auto time = parse_iso8601(text)) return *time;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto unit = end + 1 == text.data() + text.size() ? unit_ms(*end) : std::nullopt;
    if (error == std::errc() && unit && count >= 0 && count <= kAgoMsMax / *unit) {
        return now + -(count * *unit);
    }
    return fail(
        ErrorCode::kInvalidArgument,
        "'{}' is no time: expected one such as 2026-01-23, 2026-01-23T09:15 or 90m, 24h, 7d "
        "(ago)",
        printable(text));
}

}  // namespace daybook::cli
