// Numbers with a unit, as people read them.  Machine formats show the raw values instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::cli {

// "0 ms", "950 ms", "1.2 s", "59.9 s", "2m 05s", "3h 04m", "2d 03h".  At most three digits of which
// the last is rounded.
std::string human_duration(std::int64_t milliseconds);

// "0 B", "1023 B", "1.5 KiB", "100 MiB".
std::string human_bytes(std::uint64_t bytes);

// "2026-01-23 09:15:00", in UTC.
std::string human_time(std::int64_t timestamp_ms);

// "1,234,567".
std::string human_count(std::uint64_t count);

// "1 run", "1,234 runs": `noun` is one whose plural is made with an s.
std::string human_counted(std::uint64_t count, std::string_view noun);

// Six significant digits, or all of those before the point: "0.05", "1234.57", "2241670000",
// "1.5e-07"; from 1e15 on with an exponent.
std::string human_number(double value);

// A mean or another duration that is no whole number: "0.25 ms", "1.3 s".
std::string human_milliseconds(double value);

}  // namespace daybook::cli
