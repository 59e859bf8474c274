#include "json/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace daybook::json {
namespace {

constexpr double kMicro = 1e6;
constexpr std::uint64_t kMicroDigits = 1'000'000;

// "00" to "99".
constexpr auto kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

// Writes "." and six decimals, less the zeros at their end, but for the first.  In pairs, because
// each division of a digit by digit loop waits for the one before it.
char* write_decimals(std::uint64_t decimals, char* out) {
    const auto put_pair = [](char* to, std::uint64_t pair) {
        std::memcpy(to, kPairs.data() + 2 * pair, 2);
    };
    *out = '.';
    put_pair(out + 1, decimals / 10'000);
    put_pair(out + 3, decimals / 100 % 100);
    put_pair(out + 5, decimals % 100);
    char* last = out + 6;
    while (last > out + 1 && *last == '0') --last;
    return last + 1;
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
    if (magnitude < 1e9) {
        // At most six decimals, as most numbers that people choose.  At most 15 significant digits
        // that give the same double are the shortest such digits, because any two decimals of so
        // few digits are different doubles; and the division below is exact to the last bit,
        // because both of its operands are.
        const auto micros = static_cast<std::uint64_t>(magnitude * kMicro + 0.5);
        if (static_cast<double>(micros) / kMicro == magnitude) {
            if (std::signbit(value)) *out++ = '-';
            out = std::to_chars(out, out + kIntegerCharsMax, micros / kMicroDigits).ptr;
            return write_decimals(micros % kMicroDigits, out);
        }
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
