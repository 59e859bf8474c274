#include "json/writer.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/limits.h"

namespace daybook::json {
namespace {

// What `write` writes; the error's message after "! " if it is refused.
template <typename Write>
std::string written(Write write) {
    std::string out = "before";
    Writer writer(out);
    write(writer);
    const Status status = writer.finish("write");
    if (status) return out.substr(6);
    EXPECT_EQ(out, "before") << "an error must take everything back";
    return "! " + status.error().message();
}

std::string written_value(const Value& value) {
    return written([&](Writer& writer) { writer.value(value); });
}

std::string written_object(const Fields& fields, const MapRule& rule = {}) {
    return written([&](Writer& writer) { writer.object(fields, rule); });
}

TEST(Writer, EveryStringReadsBackAsItself) {
    for (std::size_t size = 0; size < 40; ++size) {
        for (unsigned byte = 0; byte < 0x80; ++byte) {
            for (const std::size_t place : {std::size_t{0}, size / 2, size}) {
                std::string text(size, 'a');
                text.insert(place, 1, static_cast<char>(byte));
                const std::string json = written_value(text);
                ASSERT_EQ(nlohmann::json::parse(json).get<std::string>(), text);
            }
        }
    }
}

TEST(Writer, OnlyWhatMustBeEscapedIs) {
    EXPECT_EQ(written_value("a/b\x7f\xc3\xa9"), "\"a/b\x7f\xc3\xa9\"");
    EXPECT_EQ(written_value("\"\\\n\x01"), R"("\"\\\n\u0001")");
}

TEST(Writer, TextThatIsNotUtf8IsRefusedWithItsOffset) {
    EXPECT_EQ(written_object({{"a", "xy\xff"}}),
              "! write: /a: found byte 0xff at offset 2, expected UTF-8");
    EXPECT_EQ(written_object({{"a\xc3", 1}}).substr(0, 2), "! ");
    EXPECT_EQ(written_value(std::string(100, 'a') + "\xed\xa0\x80").substr(0, 2), "! ");
}

TEST(Writer, EveryKindOfValueHasItsForm) {
    const std::array<Value, 3> list = {1, "two", nullptr};
    const std::array<Field, 2> fields = {{{"x", 1}, {"y", false}}};
    EXPECT_EQ(written_value(nullptr), "null");
    EXPECT_EQ(written_value(true), "true");
    EXPECT_EQ(written_value(-42), "-42");
    EXPECT_EQ(written_value(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(written_value(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(written_value(0.25), "0.25");
    EXPECT_EQ(written_value(std::span<const Value>(list)), R"([1,"two",null])");
    EXPECT_EQ(written_value(Fields(std::span<const Field>(fields))), R"({"x":1,"y":false})");
    EXPECT_EQ(written_value(Json{" { \"a\" : [ 1.50 ] } "}), R"({"a":[1.50]})");
    EXPECT_EQ(written_object({}), "{}");
    EXPECT_EQ(written_value(std::span<const Value>()), "[]");
}

TEST(Writer, NumbersThatJsonCannotHoldAreRefusedWithTheirPlace) {
    const double nan = std::nan("");
    const double infinity = std::numeric_limits<double>::infinity();
    const std::array<Value, 2> list = {1.0, nan};
    constexpr const char* kExpected =
        ", expected a finite number: JSON has no form for it; leave the field out";
    EXPECT_EQ(written_object({{"x", nan}}), std::string("! write: /x: found NaN") + kExpected);
    EXPECT_EQ(written_object({{"a/b", infinity}}),
              std::string("! write: /a~1b: found Infinity") + kExpected);
    EXPECT_EQ(written_object({{"x", Fields{{"y", -infinity}}}}),
              std::string("! write: /x/y: found -Infinity") + kExpected);
    EXPECT_EQ(written_object({{"x", std::span<const Value>(list)}}),
              std::string("! write: /x/1: found NaN") + kExpected);
}

TEST(Writer, ReadyTextIsCheckedAndItsPlaceIsWithinTheWhole) {
    EXPECT_EQ(written_object({{"x", Json{"[1,"}}}),
              "! write: /x/1: line 1, column 4: found the end of the text, expected a value");
    EXPECT_EQ(written_object({{"x", Json{"{\"y\":NaN}"}}}).substr(0, 15), "! write: /x/y: ");
    EXPECT_EQ(written_object({{"x", Json{"1 2"}}}).substr(0, 2), "! ");
    EXPECT_EQ(written_object({{"x", Json{""}}}).substr(0, 2), "! ");
}

TEST(Writer, ReadyTextInPlaceOfFieldsMustBeAnObject) {
    EXPECT_EQ(written_object(Json{" {\"a\": 1} "}), R"({"a":1})");
    EXPECT_EQ(written([](Writer& writer) {
                  writer.key(",\"params\":");
                  writer.object(Json{"[1]"});
              }),
              "! write: /params: found an array, expected an object");
}

TEST(Writer, NestingEndsAt64TheEventIncluded) {
    const auto nested = [](std::size_t levels) {
        std::vector<std::array<Value, 1>> arrays(levels);
        for (std::size_t i = 1; i < levels; ++i)
            arrays[i][0] = std::span<const Value>(arrays[i - 1]);
        return written_value(std::span<const Value>(arrays.back()));
    };
    EXPECT_EQ(nested(kNestingMax - 1).size(), 2 * (kNestingMax - 1) + 4);
    EXPECT_TRUE(nested(kNestingMax).ends_with("nested more than 64 levels deep"));
    const std::string deep = std::string(kNestingMax - 1, '[') + std::string(kNestingMax - 1, ']');
    EXPECT_EQ(written_value(Json{deep}), deep);
    EXPECT_EQ(written_value(Json{"[" + deep + "]"}).substr(0, 2), "! ");
}

TEST(Writer, EachRuleForMapsLetsItsOwnKindsPassAndNoOther) {
    struct Case {
        Values values;
        std::string allowed;  // of null, bool, int, double, string, array, object
    };
    const std::vector<Case> cases = {{Values::kAny, "nbidsao"},
                                     {Values::kNumber, "id"},
                                     {Values::kString, "s"},
                                     {Values::kScalar, "bids"},
                                     {Values::kScalarOrNull, "nbids"}};
    const std::vector<std::pair<char, Value>> values = {
        {'n', nullptr}, {'b', true}, {'i', 1},
        {'d', 1.5},     {'s', "s"},  {'a', std::span<const Value>()},
        {'o', Fields()}};
    for (const auto& [rule, allowed] : cases) {
        for (const auto& [letter, value] : values) {
            const bool ok = allowed.find(letter) != std::string::npos;
            const std::string typed = written_object({{"x", value}}, {.values = rule});
            const std::string as_text =
                typed.starts_with("! ") ? written_value(value) : typed.substr(5, typed.size() - 6);
            EXPECT_EQ(!typed.starts_with("! "), ok) << allowed << letter;
            // The same as ready text, of the value and of the whole.
            const std::string whole = "{\"x\":" + as_text + "}";
            EXPECT_EQ(!written_object(Json{whole}, {.values = rule}).starts_with("! "), ok)
                << whole;
            EXPECT_EQ(!written_object({{"x", Json{as_text}}}, {.values = rule}).starts_with("! "),
                      ok)
                << whole;
        }
    }
}

TEST(Writer, AMapOfChoicesTakesThoseOnly) {
    constexpr std::array<std::string_view, 2> kChoices = {"NaN", "Infinity"};
    const MapRule rule{.values = Values::kChoice, .choices = kChoices};
    EXPECT_EQ(written_object({{"/a", "NaN"}}, rule), R"({"/a":"NaN"})");
    EXPECT_EQ(written_object({{"a", "nan"}}, rule),
              "! write: /a: found \"nan\", expected one of `NaN`, `Infinity`");
    EXPECT_EQ(written_object({{"a", 1}}, rule),
              "! write: /a: found a number, expected one of `NaN`, `Infinity`");
}

TEST(Writer, NamesOfAMapAreCheckedWhereTheRuleSaysSo) {
    const std::string name(257, 'x');
    EXPECT_EQ(written_object({{name, 1}}).substr(0, 1), "{");
    EXPECT_EQ(written_object({{name, 1}}, {.names_checked = true}).substr(0, 2), "! ");
    EXPECT_EQ(written_object(Json{"{\"" + name + "\":1}"}, {.names_checked = true}).substr(0, 2),
              "! ");
}

std::string with_extra(const Fields& extra, bool in_event) {
    constexpr std::array<std::string_view, 1> kTaken = {"mine"};
    return written([&](Writer& writer) { writer.extra(extra, kTaken, in_event); });
}

TEST(Writer, ExtraFieldsFollowAfterCommas) {
    EXPECT_EQ(with_extra({}, true), "");
    EXPECT_EQ(with_extra({{"a", 1}, {"b", "x"}}, true), R"(,"a":1,"b":"x")");
    EXPECT_EQ(with_extra(Json{R"( { "a" : 1 , "b\u0020" : [ ] } )"}, true),
              R"(,"a":1,"b\u0020":[])");
    EXPECT_EQ(with_extra(Json{"{}"}, true), "");
}

TEST(Writer, ExtraFieldsMayNotTakeANameThatIsTakenOrReserved) {
    EXPECT_EQ(with_extra({{"mine", 1}}, true),
              "! write: /mine: `mine` is a field of its own here, not an extra one; set that");
    EXPECT_EQ(with_extra(Json{R"({"mi\u006ee":1})"}, true).substr(0, 2), "! ");
    EXPECT_EQ(with_extra({{"seq", 1}}, true),
              "! write: /seq: `seq` is reserved for the event line itself; use another name");
    EXPECT_EQ(with_extra(Json{R"({"run_id":1})"}, true).substr(0, 2), "! ");
    EXPECT_EQ(with_extra({{"seq", 1}}, false), R"(,"seq":1)");
}

TEST(Writer, ExtraTextMustBeAnObject) {
    EXPECT_EQ(with_extra(Json{"[]"}, true), "! write: found an array, expected an object");
    EXPECT_EQ(with_extra(Json{"{\"a\":x}"}, true),
              "! write: /a: line 1, column 6: found x, expected a value");
}

TEST(Writer, AnObjectOfFixedShapeMayBeEmpty) {
    EXPECT_EQ(written([](Writer& writer) { writer.close(writer.open()); }), "{}");
    EXPECT_EQ(written([](Writer& writer) {
                  const std::size_t mark = writer.open();
                  writer.key(",\"a\":");
                  writer.integer(std::int64_t{1});
                  writer.close(mark);
              }),
              R"({"a":1})");
}

TEST(Writer, AnIntegerBelowItsMinimumIsRefused) {
    EXPECT_EQ(written([](Writer& writer) { writer.integer(-1, 0); }),
              "! write: found -1, expected an integer of at least 0");
    EXPECT_EQ(written([](Writer& writer) { writer.integer(0, 0); }), "0");
}

TEST(Writer, LongTextsGrowTheString) {
    for (std::size_t size = 0; size < 3000; size += 7) {
        const std::string text(size, 'x');
        ASSERT_EQ(written_value(text), "\"" + text + "\"");
    }
}

}  // namespace
}  // namespace daybook::json
