#include "json/map_check.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

std::string checked(std::string_view text, const MapRule& rule) {
    Reader reader(text, "map");
    const bool ok = read_map(reader, rule) && reader.finish();
    return ok ? "ok" : reader.error().message();
}

TEST(MapCheck, EachRuleLetsItsOwnKindsPassAndNoOther) {
    const std::vector<std::pair<Values, std::string>> rules = {{Values::kAny, "nbdsao"},
                                                               {Values::kNumber, "d"},
                                                               {Values::kString, "s"},
                                                               {Values::kScalar, "bds"},
                                                               {Values::kScalarOrNull, "nbds"}};
    const std::vector<std::pair<char, std::string>> values = {
        {'n', "null"}, {'b', "false"}, {'d', "1.5"}, {'s', "\"s\""}, {'a', "[1]"}, {'o', "{}"}};
    for (const auto& [rule, allowed] : rules) {
        for (const auto& [letter, value] : values) {
            const std::string got = checked("{\"a\":1.5,\"x\":" + value + "}", {.values = rule});
            if (rule == Values::kString) continue;  // the first field is no string, see below
            EXPECT_EQ(got == "ok", allowed.find(letter) != std::string::npos) << allowed << value;
        }
    }
    for (const auto& [letter, value] : values) {
        EXPECT_EQ(checked("{\"x\":" + value + "}", {.values = Values::kString}) == "ok",
                  letter == 's');
    }
}

TEST(MapCheck, SaysPlaceFoundAndExpected) {
    EXPECT_EQ(checked(R"({"a":{},"b":"x"})", {.values = Values::kNumber}),
              "check map: /a: found an object, expected a number");
    EXPECT_EQ(checked("[]", {}), "check map: found an array, expected an object");
}

TEST(MapCheck, ChoicesAreComparedUnescaped) {
    constexpr std::array<std::string_view, 1> kChoices = {"NaN"};
    const MapRule rule{.values = Values::kChoice, .choices = kChoices};
    EXPECT_EQ(checked(R"({"a":"N\u0061N"})", rule), "ok");
    EXPECT_EQ(checked(R"({"a":"x"})", rule), "check map: /a: found \"x\", expected one of `NaN`");
}

TEST(MapCheck, NamesAreCheckedWhereTheRuleSaysSo) {
    EXPECT_EQ(checked(R"({"":1})", {}), "ok");
    EXPECT_NE(checked(R"({"":1})", {.names_checked = true}), "ok");
    EXPECT_NE(checked(R"({"a\u0000":1})", {.names_checked = true}), "ok");
}

TEST(MapCheck, AStringOfAnotherFormatIsRefusedWithItsSize) {
    Reader reader("\"\"");
    std::string_view value;
    EXPECT_FALSE(read_string(reader, Format::kName, &value));
    EXPECT_EQ(reader.error().message(),
              "check event: found \"\" (0 bytes), expected a name of 1 to 256 "
              "bytes without control characters");
}

}  // namespace
}  // namespace daybook::json
