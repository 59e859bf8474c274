// Numbers as JSON text, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::json {

// The most that write_double() writes.
inline constexpr std::size_t kDoubleCharsMax = 32;
// The most that an integer of 64 bits needs.
inline constexpr std::size_t kIntegerCharsMax = 20;

// Writes `value`, which must be finite, with the fewest digits that give the same double when read
// back, and returns the end of what was written.  A whole number keeps ".0" (or an exponent), so
// that readers which tell integers from doubles see a double: 1.0 is "1.0", 1e22 is "1e+22", -0.0
// "-0.0".
char* write_double(double value, char* out);

// What a number's text says about itself.
struct NumberText {
    std::size_t size = 0;     // of the number at the beginning of the text; 0 if there is none
    bool is_integer = false;  // neither a fraction nor an exponent
    bool has_exponent = false;
};

// Measures the JSON number (RFC 8259) at the beginning of `text`.
NumberText measure_number(std::string_view text);

// A number without exponent that is no longer than this is finite.
inline constexpr std::size_t kFiniteCharsMax = 300;

// Whether the number `text`, as measured above, is one that a double can hold: 1e999 is not.
// Numbers too small to tell from zero are.
bool is_finite_number(std::string_view text);

// The value of a number; nullopt if it has a fraction, an exponent, or more than 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace daybook::json
