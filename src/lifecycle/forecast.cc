#include "lifecycle/forecast.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace daybook::lifecycle {
namespace {

std::uint64_t median(std::vector<std::uint64_t> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    const std::uint64_t below = *std::max_element(values.begin(), middle);
    return below / 2 + *middle / 2 + (below % 2 + *middle % 2) / 2;
}

std::uint64_t mean(const std::vector<std::uint64_t>& values) {
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0}) / values.size();
}

}  // namespace

Forecast forecast(const ForecastFacts& facts) {
    Forecast result{.free_bytes = facts.free_bytes};
    const auto first = std::find_if(facts.days.begin(), facts.days.end(), [](const auto& day) {
        return day.second.log + day.second.artifacts > 0;
    });
    if (first == facts.days.end() || first->first >= facts.today) return result;
    const int age = facts.today.value() - first->first.value();
    result.days = std::min(age, kForecastDays);
    if (result.days < kForecastDaysMin) return result;
    // The index has rows of every event, so a day has the share of it that it has of the log.
    const double index_share = facts.log_bytes == 0 ? 0
                                                    : static_cast<double>(facts.index_bytes) /
                                                          static_cast<double>(facts.log_bytes);
    std::vector<std::uint64_t> growth;
    for (int back = 1; back <= result.days; ++back) {
        const auto day = facts.days.find(Day(facts.today.value() - back));
        const DayUsage usage = day == facts.days.end() ? DayUsage{} : day->second;
        const auto index = static_cast<std::uint64_t>(static_cast<double>(usage.log) * index_share);
        growth.push_back(usage.log + usage.artifacts + index);
    }
    result.bytes_per_day = median(growth);
    if (result.bytes_per_day == 0) result.bytes_per_day = mean(growth);
    if (*result.bytes_per_day > 0) {
        result.days_left =
            static_cast<double>(facts.free_bytes) / static_cast<double>(*result.bytes_per_day);
    }
    return result;
}

std::string to_text(const Forecast& forecast, std::string (*human_bytes)(std::uint64_t)) {
    const std::string free = human_bytes(forecast.free_bytes) + " free";
    if (!forecast.bytes_per_day) {
        return fmt::format("{}; too young for a forecast: {} whole day{} of {}", free,
                           forecast.days, forecast.days == 1 ? "" : "s", kForecastDaysMin);
    }
    if (!forecast.days_left) {
        return fmt::format("{}; no growth in {} days", free, forecast.days);
    }
    constexpr double kYears = 365.25;
    const std::string when =
        *forecast.days_left >= 10 * kYears ? "in over ten years"
        : *forecast.days_left >= 2 * kYears
            ? fmt::format("in {:.1f} years", *forecast.days_left / kYears)
            : fmt::format("in {:.0f} day{}", *forecast.days_left,
                          fmt::format("{:.0f}", *forecast.days_left) == "1" ? "" : "s");
    return fmt::format("full {}: {}, {} a day", when, free, human_bytes(*forecast.bytes_per_day));
}

}  // namespace daybook::lifecycle
