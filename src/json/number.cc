#include "json/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

namespace daybook::json {
namespace {

constexpr double kMicro = 1e6;
constexpr double kMicrosMax = 1e9;
// From here up to whole numbers std::to_chars() writes no exponent: a fixed form is no longer.
constexpr double kFixedMin = 1e-4;
constexpr std::int64_t kMicroDigits = 1'000'000;

// "00" to "99".
constexpr auto kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

void put_pair(std::int64_t pair, char* out) { std::memcpy(out, kPairs.data() + 2 * pair, 2); }

// Writes "." and six decimals, less the zeros at their end, but for the first.  In pairs, because
// each division of a digit by digit loop waits for the one before it.
char* write_decimals(std::int64_t decimals, char* out) {
    *out = '.';
    put_pair(decimals / 10'000, out + 1);
    put_pair(decimals / 100 % 100, out + 3);
    put_pair(decimals % 100, out + 5);
    char* last = out + 6;
    while (last > out + 1 && *last == '0') --last;
    return last + 1;
}

// Writes 8 digits, as pairs for the same reason.
void put_digits(std::int64_t number, char* out) {
    const std::int64_t high = number / 10'000;
    const std::int64_t low = number % 10'000;
    put_pair(high / 100, out);
    put_pair(high % 100, out + 2);
    put_pair(low / 100, out + 4);
    put_pair(low % 100, out + 6);
}

// What std::to_chars() writes of a number from kFixedMin to kMicrosMax that is not whole, in half
// of the time: most of what is computed has as many digits as a double holds.  The digits are those
// of {fmt}, whose Dragonbox finds the same ones, the shortest and of these the nearest.  All digits
// are copied wherever some are: a size that the compiler knows is faster, and kDoubleCharsMax has
// room.
char* write_fraction(double value, char* out) {
    constexpr std::int64_t kEight = 100'000'000;
    constexpr std::size_t kDigitsMax = 17;
    const auto decimal = fmt::detail::dragonbox::to_decimal(std::fabs(value));
    const auto number = static_cast<std::int64_t>(decimal.significand);
    char digits[2 * kDigitsMax] = {};
    digits[0] = static_cast<char>('0' + number / kEight / kEight);
    put_digits(number / kEight % kEight, digits + 1);
    put_digits(number % kEight, digits + 9);
    const char* first = digits;
    while (*first == '0') ++first;
    const char* const point = digits + kDigitsMax + decimal.exponent;

    if (std::signbit(value)) *out++ = '-';
    if (point > first) {
        std::memcpy(out, first, kDigitsMax);
        out += point - first;
        first = point;
        *out++ = '.';
    } else {
        std::memcpy(out, "0.000", 5);
        out += 2 + (first - point);
    }
    std::memcpy(out, first, kDigitsMax);
    return out + (digits + kDigitsMax - first);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t from) {
    std::size_t i = from;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
}

// The decimal exponent of the first digit that is not 0: "123.4" has 2, "0.01" has -2.
std::int64_t leading_exponent(std::string_view text) {
    std::size_t i = text.starts_with('-') ? 1 : 0;
    std::size_t end = text.find_first_of("eE");
    std::int64_t exponent = 0;
    if (end != std::string_view::npos) {
        std::size_t from = end + 1;
        if (from < text.size() && text[from] == '+') ++from;
        const auto [_, error] =
            std::from_chars(text.data() + from, text.data() + text.size(), exponent);
        constexpr std::int64_t kFar = std::int64_t{1} << 60;
        if (error != std::errc()) exponent = text[from] == '-' ? -kFar : kFar;
    } else {
        end = text.size();
    }
    const std::size_t point = std::min(text.find('.'), end);
    while (i < end && (text[i] == '0' || text[i] == '.')) ++i;
    if (i == end) return exponent;
    const auto distance = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(i);
    return exponent + (distance > 0 ? distance - 1 : distance);
}

}  // namespace

char* write_double(double value, char* out) {
    const double magnitude = std::fabs(value);
    if (magnitude < kMicrosMax) {
        // At most six decimals, as most numbers that people choose.  At most 15 significant digits
        // that give the same double are the shortest such digits, because any two decimals of so
        // few digits are different doubles; and the division below is exact to the last bit,
        // because both of its operands are.
        const auto micros = static_cast<std::int64_t>(magnitude * kMicro + 0.5);
        if (static_cast<double>(micros) / kMicro == magnitude) {
            if (std::signbit(value)) *out++ = '-';
            out = std::to_chars(out, out + kIntegerCharsMax, micros / kMicroDigits).ptr;
            return write_decimals(micros % kMicroDigits, out);
        }
        if (magnitude >= kFixedMin) return write_fraction(value, out);
    }
    char* const end = std::to_chars(out, out + kDoubleCharsMax, value).ptr;
    for (const char* c = out; c != end; ++c) {
        if (*c == '.' || *c == 'e') return end;
    }
    end[0] = '.';
    end[1] = '0';
    return end + 2;
}

NumberText measure_number(std::string_view text) {
    std::size_t i = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digits(text, i);
    if (whole == 0 || (whole > 1 && text[i] == '0')) return {};
    i += whole;
    bool is_integer = true;
    bool has_exponent = false;
    if (i < text.size() && text[i] == '.') {
        const std::size_t fraction = digits(text, i + 1);
        if (fraction == 0) return {};
        i += 1 + fraction;
        is_integer = false;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
        const std::size_t exponent = digits(text, i);
        if (exponent == 0) return {};
        i += exponent;
        is_integer = false;
        has_exponent = true;
    }
    return {i, is_integer, has_exponent};
}

bool is_finite_number(std::string_view text) {
    if (text.size() <= kFiniteCharsMax && text.find_first_of("eE") == std::string_view::npos) {
        return true;
    }
    double value = 0;
    const auto [_, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc::result_out_of_range) return true;
    // Either too large or too close to zero; the library does not say which.
    return leading_exponent(text) < 0;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

}  // namespace daybook::json
