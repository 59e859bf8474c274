// UTC days and times, and their ISO 8601 spellings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace daybook {

inline constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * 60 * 1000;

// A UTC day, counted from 1970-01-01.
using Day = Strong<std::int32_t, struct DayTag>;

// Years 0 to 9999: the days that have an ISO 8601 form.
inline constexpr Day kDayMin{-719528};  // 0000-01-01
inline constexpr Day kDayMax{2932896};  // 9999-12-31

// Whether `time` falls on one of those days.
bool has_day(TimestampMs time);

// The day that `time` falls on; days begin at 00:00 UTC.  has_day(time) must hold.
Day day_of(TimestampMs time);
TimestampMs start_of(Day day);

// "2026-01-23".  Only for days from kDayMin to kDayMax.
std::string to_string(Day day);
// The day that exactly ten characters "YYYY-MM-DD" name; nullopt for anything else.
std::optional<Day> parse_day(std::string_view text);

// "2026-01-23T09:15:00.250Z".
std::string to_iso8601(TimestampMs time);
// A time in ISO 8601: a date, or date and time ("T" or a blank between them; seconds and up to nine
// decimals optional; "Z", "+hh:mm", "+hhmm", "+hh" or nothing, which means UTC).  Decimals beyond
// milliseconds are cut off.  nullopt for anything else, dates that do not exist included.
std::optional<TimestampMs> parse_iso8601(std::string_view text);

}  // namespace daybook
