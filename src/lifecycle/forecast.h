// When the disk will be full, if things go on as they did.  A pure function of facts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/calendar.h"
#include "lifecycle/disk_usage.h"

namespace daybook::lifecycle {

inline constexpr int kForecastDays = 30;
// Of a ledger that is younger nothing can be said.
inline constexpr int kForecastDaysMin = 3;

struct ForecastFacts {
    std::map<Day, DayUsage> days{};
    std::uint64_t log_bytes = 0;    // parts and archives, of all days
    std::uint64_t index_bytes = 0;  // it grows as the log does
    std::uint64_t free_bytes = 0;
    Day today{};  // not over yet, so it does not count
};

struct Forecast {
    std::uint64_t free_bytes = 0;
    int days = 0;  // how many were looked at: up to kForecastDays, from the first with anything on
    // What a day adds: the median, so that one import or one idle week does not count for more
    // than its days; the mean, where the median is nothing.  A day that has been archived counts as
    // what is left of it: where old days are archived as new ones come, that is what the ledger
    // grows by.  Unset: there are too few days.
    std::optional<std::uint64_t> bytes_per_day{};
    // Unset: it is not known, or there is no growth.
    std::optional<double> days_left{};
};

Forecast forecast(const ForecastFacts& facts);

// "full in 41 days (1.2 GiB a day, 49 GiB free)"; `human_bytes` spells sizes.
std::string to_text(const Forecast& forecast, std::string (*human_bytes)(std::uint64_t));

}  // namespace daybook::lifecycle
