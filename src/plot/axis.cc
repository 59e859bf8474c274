#include "plot/axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/check.h"

namespace daybook::plot {
namespace {

// Beyond it, the length of an axis is no double.
constexpr double kValueMax = 1e300;
constexpr double kRoom = 0.03;
// Nearer than this, relative to their size, doubles leave too little for ticks between them.
constexpr double kRangeMin = 1e-9;

constexpr std::int64_t kSecondMs = 1000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

constexpr std::array<std::int64_t, 31> kTimeSteps = {1,
                                                     2,
                                                     5,
                                                     10,
                                                     20,
                                                     50,
                                                     100,
                                                     200,
                                                     500,
                                                     kSecondMs,
                                                     2 * kSecondMs,
                                                     5 * kSecondMs,
                                                     10 * kSecondMs,
                                                     15 * kSecondMs,
                                                     30 * kSecondMs,
                                                     kMinuteMs,
                                                     2 * kMinuteMs,
                                                     5 * kMinuteMs,
                                                     10 * kMinuteMs,
                                                     15 * kMinuteMs,
                                                     30 * kMinuteMs,
                                                     kHourMs,
                                                     2 * kHourMs,
                                                     3 * kHourMs,
                                                     6 * kHourMs,
                                                     12 * kHourMs,
                                                     kDayMs,
                                                     2 * kDayMs,
                                                     5 * kDayMs,
                                                     10 * kDayMs,
                                                     15 * kDayMs};
constexpr std::array<int, 13> kMonthSteps = {
    1, 2, 3, 6, 12, 2 * 12, 5 * 12, 10 * 12, 20 * 12, 50 * 12, 100 * 12, 1000 * 12, 5000 * 12};

// The smallest of 1, 2 and 5 times a power of ten of which at most `count_max` fit.
double round_step(double range, std::size_t count_max) {
    const double least = range / static_cast<double>(count_max - 1);
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= least) return factor * power;
    }
    return 10 * power;
}

// "-1,234,567.25": commas between the thousands of a number in fixed decimals.
std::string with_commas(std::string number) {
    const std::size_t first = number.starts_with('-') ? 1 : 0;
    const std::size_t end = std::min(number.find('.'), number.size());
    for (std::size_t at = end; at > first + 3;) {
        at -= 3;
        number.insert(at, ",");
    }
    return number;
}

std::string number_label(double value, double step, double largest) {
    if (largest >= 1e15 || step < 1e-6) return fmt::format("{:.12g}", value);
    const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
    return with_commas(fmt::format("{:.{}f}", value, decimals));
}

std::vector<Tick> number_ticks(const Axis& axis, std::size_t count_max) {
    const double step = round_step(axis.high - axis.low, count_max);
    const double largest = std::max(std::abs(axis.low), std::abs(axis.high));
    std::vector<Tick> ticks;
    // Multiples, not sums: 0.1 added ten times is not 1.
    for (double i = std::ceil(axis.low / step); i * step <= axis.high; ++i) {
        const double at = i == 0 ? 0.0 : i * step;
        if (at >= axis.low) ticks.push_back({at, number_label(at, step, largest)});
    }
    return ticks;
}

// "2026-01-23T09:15:00.250Z", as much of it as the step asks for.
std::string time_label(double at, std::int64_t step_ms) {
    const std::string iso = to_iso8601(TimestampMs(static_cast<std::int64_t>(at)));
    if (step_ms >= kDayMs) return iso.substr(0, 10);
    const std::size_t clock = step_ms >= kMinuteMs ? 5 : step_ms >= kSecondMs ? 8 : 12;
    return iso.substr(0, 10) + " " + iso.substr(11, clock);
}

std::vector<Tick> month_ticks(const Axis& axis, std::size_t count_max) {
    const std::string first = to_iso8601(TimestampMs(static_cast<std::int64_t>(axis.low)));
    const int first_month =
        std::atoi(first.substr(0, 4).c_str()) * 12 + std::atoi(first.substr(5, 2).c_str()) - 1;
    for (const int step : kMonthSteps) {
        std::vector<Tick> ticks;
        for (int month = (first_month + step - 1) / step * step; month < 12 * 10000;
             month += step) {
            const std::string label = fmt::format("{:04}-{:02}", month / 12, month % 12 + 1);
            const auto day = parse_day(label + "-01");
            const auto at = static_cast<double>(start_of(*day).value());
            if (at > axis.high || ticks.size() > count_max) break;
            if (at >= axis.low) ticks.push_back({at, step < 12 ? label : label.substr(0, 4)});
        }
        if (!ticks.empty() && ticks.size() <= count_max) return ticks;
    }
    return {{axis.low, first.substr(0, 10)}};
}

std::vector<Tick> time_ticks(const Axis& axis, std::size_t count_max) {
    const double range = axis.high - axis.low;
    for (const std::int64_t step : kTimeSteps) {
        const auto length = static_cast<double>(step);
        if (range / length > static_cast<double>(count_max - 1)) continue;
        std::vector<Tick> ticks;
        for (double i = std::ceil(axis.low / length); i * length <= axis.high; ++i) {
            ticks.push_back({i * length, time_label(i * length, step)});
        }
        if (!ticks.empty()) return ticks;
    }
    return month_ticks(axis, count_max);
}

}  // namespace

bool has_place(Scale scale, double value) {
    // NaN is not within it either.
    if (!(std::abs(value) <= kValueMax)) return false;
    return scale == Scale::kNumber || (value >= static_cast<double>(start_of(kDayMin).value()) &&
                                       value <= static_cast<double>(start_of(kDayMax).value()));
}

Axis axis_over(std::string title, Scale scale, double low, double high) {
    DAYBOOK_CHECK(has_place(scale, low) && has_place(scale, high) && low <= high);
    const double size = std::max(std::abs(low), std::abs(high));
    const double least = scale == Scale::kTime ? 10.0 : std::max(kRangeMin * size, 1e-300);
    double room = kRoom * (high - low);
    if (high - low < least) room = std::max({least, low == high ? 0.05 * size : 0.0, room});
    if (scale == Scale::kNumber && low == 0 && high == 0) room = 1;
    Axis axis{.title = std::move(title), .scale = scale, .low = low - room, .high = high + room};
    if (scale == Scale::kTime) {
        if (low == high) axis.low = low - kHourMs, axis.high = high + kHourMs;
        // Only these have a day.
        axis.low = std::max(axis.low, static_cast<double>(start_of(kDayMin).value()));
        axis.high = std::min(axis.high, static_cast<double>(start_of(kDayMax).value()));
    }
    return axis;
}

std::vector<Tick> ticks_of(const Axis& axis, std::size_t count_max) {
    DAYBOOK_CHECK(count_max >= 4 && axis.low < axis.high);
    return axis.scale == Scale::kTime ? time_ticks(axis, count_max) : number_ticks(axis, count_max);
}

}  // namespace daybook::plot
