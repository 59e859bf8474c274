#include "json/number.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace daybook::json {
namespace {

std::string written(double value) {
    char buffer[kDoubleCharsMax];
    return {buffer, write_double(value, buffer)};
}

double parsed(const std::string& text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// How many significant digits `text` has.
std::size_t digits(std::string_view text) {
    std::string all;
    for (const char c : text.substr(0, text.find('e'))) {
        if (c >= '0' && c <= '9') all += c;
    }
    const std::size_t first = all.find_first_not_of('0');
    if (first == std::string::npos) return 0;
    return all.find_last_not_of('0') - first + 1;
}

void expect_round_trip(double value) {
    const std::string text = written(value);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(parsed(text)), std::bit_cast<std::uint64_t>(value))
        << text;
    ASSERT_EQ(measure_number(text).size, text.size()) << text;
    ASSERT_FALSE(measure_number(text).is_integer) << text;
    char shortest[kDoubleCharsMax];
    const char* const end = std::to_chars(shortest, shortest + sizeof shortest, value).ptr;
    ASSERT_EQ(digits(text), digits({shortest, static_cast<std::size_t>(end - shortest)})) << text;
}

TEST(Number, DoublesOfAnyBitsReadBackTheSameFromTheFewestDigits) {
    SeededRandom random(1);
    for (int i = 0; i < 300'000; ++i) {
        const auto value = std::bit_cast<double>(random.next());
        if (std::isfinite(value)) expect_round_trip(value);
    }
}

TEST(Number, ShortDecimalsReadBackTheSameFromTheFewestDigits) {
    SeededRandom random(2);
    for (const double scale : {1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}) {
        for (int i = 0; i < 30'000; ++i) {
            const auto whole = static_cast<double>(static_cast<std::int64_t>(random.next() >> 20));
            expect_round_trip(whole / scale / 1e6);
            expect_round_trip(-whole / scale);
        }
    }
}

// The form and every digit: of two shortest decimals the nearer one.
TEST(Number, NumbersOfManyDigitsAreWrittenAsToCharsWritesThem) {
    SeededRandom random(3);
    for (const double scale : {1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e3, 1e5, 1e8, 9.99999e8}) {
        for (int i = 0; i < 60'000; ++i) {
            const double fraction = static_cast<double>(random.next() >> 11) * 0x1p-53;
            const double value = (i % 2 == 0 ? 1 : -1) * scale * (1 + 8 * fraction);
            const std::string text = written(value);
            char expected[kDoubleCharsMax];
            const char* const end = std::to_chars(expected, expected + sizeof expected, value).ptr;
            if (value == std::trunc(value)) continue;
            ASSERT_EQ(text, std::string_view(expected, static_cast<std::size_t>(end - expected)));
        }
    }
}

TEST(Number, NeighboursOfShortDecimalsAreNotMistakenForThem) {
    for (int micros = 1; micros < 200'000; ++micros) {
        const double value = micros / 1e6;
        expect_round_trip(std::nextafter(value, 1e9));
        expect_round_trip(std::nextafter(value, 0.0));
    }
}

TEST(Number, ExtremesReadBackTheSame) {
    using Limits = std::numeric_limits<double>;
    for (const double value :
         {Limits::max(), Limits::min(), Limits::denorm_min(), Limits::epsilon(), 9007199254740991.0,
          9007199254740992.0, 999999999.9999999, 1e9, 1e15, 1e16, 1e21, 1e22, 1e23, 1e-5, 1e-6,
          1e-7, 5e-324}) {
        expect_round_trip(value);
        expect_round_trip(-value);
    }
}

TEST(Number, WholeNumbersKeepTheMarkOfADouble) {
    EXPECT_EQ(written(0.0), "0.0");
    EXPECT_EQ(written(-0.0), "-0.0");
    EXPECT_EQ(written(1.0), "1.0");
    EXPECT_EQ(written(-250.0), "-250.0");
    EXPECT_EQ(written(1e15), "1e+15");
    EXPECT_EQ(written(123456789012.0), "123456789012.0");
    EXPECT_EQ(written(1e22), "1e+22");
}

TEST(Number, DecimalsAreWrittenAsPeopleWriteThem) {
    EXPECT_EQ(written(0.05), "0.05");
    EXPECT_EQ(written(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(written(-1.5), "-1.5");
    EXPECT_EQ(written(4512.25), "4512.25");
}

TEST(Number, MeasureTakesWhatTheGrammarTakes) {
    for (const char* const text : {"0", "-0", "1", "10", "-12", "0.5", "1.25", "1e5", "1E+5",
                                   "1e-05", "-0.0e0", "123456789012345678901234567890"}) {
        EXPECT_EQ(measure_number(text).size, std::string_view(text).size()) << text;
    }
}

TEST(Number, MeasureRefusesWhatTheGrammarRefuses) {
    for (const char* const text :
         {"", "-", "+1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "e5", "--1", "x"}) {
        EXPECT_EQ(measure_number(text).size, 0) << text;
    }
}

TEST(Number, MeasureEndsWhereTheNumberEnds) {
    EXPECT_EQ(measure_number("12,").size, 2);
    EXPECT_EQ(measure_number("1.5}").size, 3);
    EXPECT_EQ(measure_number("1e5 ").size, 3);
}

TEST(Number, OnlyIntegersAreIntegers) {
    EXPECT_TRUE(measure_number("-12").is_integer);
    EXPECT_FALSE(measure_number("1.0").is_integer);
    EXPECT_FALSE(measure_number("1e2").is_integer);
}

TEST(Number, WhatADoubleCannotHoldIsNotFinite) {
    const std::string nines(400, '9');
    for (const std::string& text :
         {std::string("1e309"), std::string("-1e309"), std::string("1e999"),
          std::string("1e99999999999999999999"), nines, nines + ".5", std::string("123e308"),
          std::string("0.1e310")}) {
        EXPECT_FALSE(is_finite_number(text)) << text;
    }
}

TEST(Number, WhatIsTooSmallToTellFromZeroIsFinite) {
    const std::string zeros = "0." + std::string(400, '0') + "1";
    for (const std::string& text :
         {std::string("1e-999"), std::string("1e-99999999999999999999"), zeros, zeros + "e5",
          std::string("0e999"), std::string("1.7e308"), std::string("1e308"), std::string("-0")}) {
        EXPECT_TRUE(is_finite_number(text)) << text;
    }
}

TEST(Number, IntegersHave64Bits) {
    EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    for (const char* const text : {"9223372036854775808", "1.0", "1e2", "", "1x"}) {
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace daybook::json
