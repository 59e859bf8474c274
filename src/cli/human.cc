#include "cli/human.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/calendar.h"

namespace daybook::cli {

namespace {

// The nearest whole number of units; adding half a unit first would overflow for the longest.
std::int64_t rounded(std::int64_t milliseconds, std::int64_t unit_ms) {
    return milliseconds / unit_ms + (milliseconds % unit_ms >= unit_ms / 2 ? 1 : 0);
}

}  // namespace

std::string human_duration(std::int64_t milliseconds) {
    if (milliseconds < 0) {
        // The least number has no positive counterpart; nothing lasts that long.
        return milliseconds == INT64_MIN ? "?" : "-" + human_duration(-milliseconds);
    }
    if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
    // Rounded to tenths first, so that 59.96 s does not become "60.0 s".
    const std::int64_t tenths = rounded(milliseconds, 100);
    if (tenths < 600) return fmt::format("{}.{} s", tenths / 10, tenths % 10);
    const std::int64_t seconds = rounded(milliseconds, 1000);
    if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
    const std::int64_t minutes = rounded(milliseconds, 60'000);
    if (minutes < 24 * 60) return fmt::format("{}h {:02}m", minutes / 60, minutes % 60);
    const std::int64_t hours = rounded(milliseconds, 3'600'000);
    return fmt::format("{}d {:02}h", hours / 24, hours % 24);
}

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    // 1023.95 would print as "1024.0".
    while (value >= 1023.95 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    return value < 99.95 ? fmt::format("{:.1f} {}", value, kUnits.at(unit))
                         : fmt::format("{:.0f} {}", value, kUnits.at(unit));
}

std::string human_time(std::int64_t timestamp_ms) {
    std::string text = to_iso8601(TimestampMs(timestamp_ms));  // 2026-01-23T09:15:00.250Z
    const std::size_t separator = text.find('T');
    if (separator == std::string::npos) return text;
    text[separator] = ' ';
    return text.substr(0, text.find('.'));
}

std::string human_count(std::uint64_t count) {
    std::string text = fmt::format("{}", count);
    for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
    return text;
}

std::string human_counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", human_count(count), noun, count == 1 ? "" : "s");
}

std::string human_number(double value) {
    // From here on six digits would need an exponent; above it they are no numbers of daily life.
    const double size = std::abs(value);
    if (size >= 999'999.5 && size < 1e15) return fmt::format("{:.0f}", value);
    return fmt::format("{:.6g}", value);
}

std::string human_milliseconds(double value) {
    const bool in_between = std::abs(value) >= 1000 && std::abs(value) < 1e15;
    if (!in_between) return human_number(value) + " ms";
    return human_duration(std::llround(value));
}

}  // namespace daybook::cli
