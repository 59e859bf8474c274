#include "base/calendar.h"

#include <chrono>

#include <fmt/format.h>

namespace daybook {
namespace {

// Reads fixed-width decimal fields from the front of a text.
class FieldReader {
public:
    explicit FieldReader(std::string_view text) : text_(text) {}

    bool at_end() const { return text_.empty(); }
    bool take(char c) {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool take_digits(std::size_t count, int* value) {
        if (text_.size() < count) return false;
        int result = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return false;
            result = result * 10 + (text_[i] - '0');
        }
        text_.remove_prefix(count);
        *value = result;
        return true;
    }
    // One to nine decimals of a second, as milliseconds.
    bool take_fraction(int* ms) {
        int digits = 0;
        int result = 0;
        while (digits < 9 && !text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
            if (digits < 3) result = result * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
            ++digits;
        }
        for (int i = digits; i < 3; ++i) result *= 10;
        *ms = result;
        return digits > 0;
    }

private:
    std::string_view text_;
};

std::optional<Day> take_day(FieldReader& reader) {
    int year = 0;
    int month = 0;
    int day = 0;
    if (!reader.take_digits(4, &year) || !reader.take('-') || !reader.take_digits(2, &month) ||
        !reader.take('-') || !reader.take_digits(2, &day)) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return Day(static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count()));
}

// The time of day in milliseconds; seconds may be missing.
std::optional<std::int64_t> take_time_of_day(FieldReader& reader) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    int ms = 0;
    if (!reader.take_digits(2, &hour) || !reader.take(':') || !reader.take_digits(2, &minute)) {
        return std::nullopt;
    }
    if (reader.take(':')) {
        if (!reader.take_digits(2, &second)) return std::nullopt;
        if (reader.take('.') && !reader.take_fraction(&ms)) return std::nullopt;
    }
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return ((std::int64_t{hour} * 60 + minute) * 60 + second) * 1000 + ms;
}

// How far the zone is ahead of UTC, in milliseconds; no zone means UTC.
std::optional<std::int64_t> take_zone(FieldReader& reader) {
    if (reader.at_end() || reader.take('Z')) return 0;
    const bool ahead = reader.take('+');
    if (!ahead && !reader.take('-')) return std::nullopt;
    int hours = 0;
    int minutes = 0;
    if (!reader.take_digits(2, &hours)) return std::nullopt;
    const bool minutes_follow = reader.take(':') || !reader.at_end();
    if (minutes_follow && !reader.take_digits(2, &minutes)) return std::nullopt;
    if (hours > 23 || minutes > 59) return std::nullopt;
    const std::int64_t ms = (std::int64_t{hours} * 60 + minutes) * 60'000;
    return ahead ? ms : -ms;
}

}  // namespace

Day day_of(TimestampMs time) {
    std::int64_t day = time.value() / kDayMs;
    if (time.value() % kDayMs < 0) --day;
    return Day(static_cast<std::int32_t>(day));
}

bool has_day(TimestampMs time) { return time >= start_of(kDayMin) && time < start_of(kDayMax + 1); }

TimestampMs start_of(Day day) { return TimestampMs(day.value() * kDayMs); }

std::string to_string(Day day) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day.value()))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<Day> parse_day(std::string_view text) {
    FieldReader reader(text);
    const std::optional<Day> day = take_day(reader);
    if (!reader.at_end()) return std::nullopt;
    return day;
}

std::string to_iso8601(TimestampMs time) {
    const Day day = day_of(time);
    const std::int64_t ms = time.value() - start_of(day).value();
    return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", to_string(day), ms / 3'600'000,
                       ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

std::optional<TimestampMs> parse_iso8601(std::string_view text) {
    FieldReader reader(text);
    const std::optional<Day> day = take_day(reader);
    if (!day) return std::nullopt;
    if (reader.at_end()) return start_of(*day);
    if (!reader.take('T') && !reader.take(' ')) return std::nullopt;
    const std::optional<std::int64_t> time_of_day = take_time_of_day(reader);
    if (!time_of_day) return std::nullopt;
    const std::optional<std::int64_t> zone = take_zone(reader);
    if (!zone || !reader.at_end()) return std::nullopt;
    return start_of(*day) + (*time_of_day - *zone);
}

}  // namespace daybook
