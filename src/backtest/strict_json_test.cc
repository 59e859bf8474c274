#include "backtest/strict_json.h"

#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace daybook::backtest {
namespace {

using nlohmann::ordered_json;

std::string refusal(const Status& status) { return status ? "" : status.error().message(); }

TEST(StrictJson, NumbersOutsideTheirRangeAreRefused) {
    const auto message = [](const ordered_json& value, const NumberRange& range) {
        const auto number = number_in("s", value, "/a", range);
        return number ? "" : number.error().message();
    };
    EXPECT_EQ(number_in("s", 1, "/a", kFraction), 1.0);
    EXPECT_EQ(message(0, kFraction),
              "s: at /a: found 0, expected a fraction above 0 and at most 1");
    EXPECT_EQ(message(1.01, kFraction),
              "s: at /a: found 1.01, expected a fraction above 0 and at most 1");
    EXPECT_EQ(message(0, kPositive), "s: at /a: found 0, expected a number above 0");
    EXPECT_EQ(message(1, kMultiple), "s: at /a: found 1, expected a number above 1");
    EXPECT_EQ(message(1.5, kHoldMs),
              "s: at /a: found 1.5, expected a whole number of ms from 1 to 3162240000000 "
              "(100 years)");
    EXPECT_EQ(message(1e300, kHoldMs),
              "s: at /a: found 1e+300, expected a whole number of ms from 1 to "
              "3162240000000 (100 years)");
    EXPECT_EQ(message("1", kPositive), "s: at /a: found \"1\", expected a number above 0");
}

TEST(StrictJson, UnknownKeysAreRefusedWithTheNearestOne) {
    const std::array<std::string_view, 2> known = {"kind", "stopPct"};
    EXPECT_EQ(refusal(check_keys("s", {{"kind", 1}}, "", known)), "");
    EXPECT_EQ(refusal(check_keys("s", {{"stopPc", 1}}, "", known)),
              "s: at the top: unknown key 'stopPc', did you mean 'stopPct'?; expected kind, "
              "stopPct");
}

TEST(StrictJson, StrictJsonTakesNothingDoubtful) {
    EXPECT_EQ(read_strict_json("s", R"({"b":1,"a":2})").value().dump(), R"({"b":1,"a":2})");
    EXPECT_EQ(read_strict_json("s", R"({"a":1,"a":2})").error().message(),
              "s: at /a: found this key twice, expected it once");
    EXPECT_EQ(
        read_strict_json("s", R"({"l":[{"a":1},[],{"b":[1],"c":{},"b":2}]})").error().message(),
        "s: at /l/2/b: found this key twice, expected it once");
    EXPECT_EQ(read_strict_json("s", std::string(65, '[')).error().code(), ErrorCode::kLimit);
    EXPECT_TRUE(read_strict_json("s", "[1e9").error().message().starts_with("s: not JSON: "));
    EXPECT_EQ(read_strict_json("s", "{\"1e999\\\"\":11e99,\n\"b\":1e999}").error().message(),
              "s: at line 2: found 1e999, expected a number that a double can hold");
    EXPECT_EQ(read_strict_json("s", "[1,\n1e999]").error().message(),
              "s: at line 2: found 1e999, expected a number that a double can hold");
}

TEST(StrictJson, LevelsMaySumToOneAndNoMore) {
    const auto levels = ordered_json::parse(
        R"([{"multiple":2,"fraction":0.1},{"multiple":3,"fraction":0.2},
            {"multiple":4,"fraction":0.7}])");
    EXPECT_EQ(read_levels("s", levels, "/l").value().size(), 3u);
    auto more = levels;
    more[0]["fraction"] = 0.2;
    EXPECT_EQ(read_levels("s", more, "/l").error().message(),
              "s: at /l: found fractions that sum to 1.1, expected at most 1");
    more[0].erase("fraction");
    EXPECT_EQ(read_levels("s", more, "/l").error().message(),
              "s: at /l/0/fraction: missing, expected a fraction above 0 and at most 1");
}

}  // namespace
}  // namespace daybook::backtest
