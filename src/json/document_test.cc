#include "json/document.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

constexpr std::string_view kText =
    R"({"s":"a\nb","i":-7,"d":1.5,"t":true,"n":null,"o":{"x": 1,"y":[2]},"a":[1, "two",{}],"k\u0065y":1})";

// Every field as "key=kind:raw".
std::vector<std::string> fields_of(std::string_view text, std::size_t readable_after = 0) {
    std::vector<std::string> found;
    Parser parser;
    const bool ok = parser.for_each_field(text, readable_after, [&](std::string_view key, Node n) {
        found.push_back(std::string(key) + "=" + std::string(n.raw()));
    });
    if (!ok) found.push_back("malformed");
    return found;
}

TEST(Document, GivesEveryFieldInOrderWithItsTextAsWritten) {
    EXPECT_EQ(fields_of(kText),
              (std::vector<std::string>{"s=\"a\\nb\"", "i=-7", "d=1.5", "t=true", "n=null",
                                        "o={\"x\": 1,\"y\":[2]}", "a=[1, \"two\",{}]", "key=1"}));
}

TEST(Document, AScalarsTextHasNoSpaceAroundIt) {
    EXPECT_EQ(fields_of("{ \"a\" : 1 , \"b\" : \"x\" \n, \"c\" : [ ] }"),
              (std::vector<std::string>{"a=1", "b=\"x\"", "c=[ ]"}));
}

TEST(Document, APaddedTextIsReadWhereItIs) {
    std::string padded(kText);
    padded.append(kPadding, '}');
    EXPECT_EQ(fields_of(std::string_view(padded).substr(0, kText.size()), kPadding),
              fields_of(kText));
}

TEST(Document, ARepeatedNameIsGivenEachTime) {
    EXPECT_EQ(fields_of(R"({"a":1,"a":2})"), (std::vector<std::string>{"a=1", "a=2"}));
}

TEST(Document, TypedGettersTakeTheirOwnKindOnly) {
    Parser parser;
    std::string got;
    parser.for_each_field(kText, 0, [&](std::string_view key, Node n) {
        if (key == "s") got += std::string(n.as_string().value_or("?"));
        if (key == "i") got += "|" + std::to_string(n.as_int().value_or(0));
        if (key == "d") got += "|" + std::to_string(n.as_int().value_or(-1));
        if (key == "t") got += n.as_bool().value_or(false) ? "|true" : "|?";
        if (key == "n") got += n.is_null() ? "|null" : "|?";
        if (key == "o") got += n.as_string().has_value() ? "|?" : "|no string";
        if (key == "a") got += n.as_double().has_value() ? "|?" : "|no number";
    });

    EXPECT_EQ(got, "a\nb|-7|-1|true|null|no string|no number");
}

TEST(Document, AnyNumberIsADouble) {
    Parser parser;
    std::vector<double> numbers;
    parser.for_each_field(R"({"a":1,"b":2.5,"c":1e3,"d":-0})", 0, [&](std::string_view, Node n) {
        numbers.push_back(n.as_double().value_or(-1));
    });

    EXPECT_EQ(numbers, (std::vector<double>{1, 2.5, 1000, -0.0}));
}

TEST(Document, ANumberOfManyDigitsIsTheNearestDouble) {
    // As DECIMAL(38,31), Python's Decimal and hand-made JSON have them.
    const std::vector<std::pair<std::string, double>> cases = {
        {"0.3333333333333333333333333333333", 1.0 / 3},
        {"-0.3333333333333333333333333333333", -1.0 / 3},
        {"0.33333333333333333333", 1.0 / 3},
        {"0.0000000000333333333333333333333333333", 1e-10 / 3},
        {"0.33333333333333333333333333e-10", 1e-10 / 3},
        {"0.00000000000000000000000001", 1e-26},
        {"3.3333333333333333333333333333333", 10.0 / 3},
        {"33333333333333333333333", 1e23 / 3},
        {"0.1000000000000000055511151231257827", 0.1},
        {"0.10000000000000000000000000000000000000000e-400", 0},
    };
    Parser parser;
    for (const auto& [text, expected] : cases) {
        std::optional<double> got;
        EXPECT_TRUE(
            parser.for_each_field("{\"x\": " + text + " }", 0,
                                  [&](std::string_view, Node value) { got = value.as_double(); }));
        EXPECT_EQ(got, expected) << text;
    }
}

TEST(Document, KindIsKnownBeforeTheValueIsTaken) {
    Parser parser;
    std::vector<Kind> kinds;
    parser.for_each_field(kText, 0, [&](std::string_view, Node n) { kinds.push_back(n.kind()); });

    EXPECT_EQ(kinds, (std::vector<Kind>{Kind::kString, Kind::kNumber, Kind::kNumber, Kind::kBool,
                                        Kind::kNull, Kind::kObject, Kind::kArray, Kind::kNumber}));
}

TEST(Document, AnObjectCanBeHadAsTextAndWalkedToo) {
    Parser parser;
    std::string_view raw;
    std::string names;
    const bool ok = parser.for_each_field(kText, 0, [&](std::string_view key, Node n) {
        if (key == "o") {
            EXPECT_TRUE(
                n.for_each_field(&raw, [&](std::string_view name, Node) { names += name; }));
        }
    });

    EXPECT_TRUE(ok);
    EXPECT_EQ(raw, R"({"x": 1,"y":[2]})");
    EXPECT_EQ(names, "xy");
}

TEST(Document, ItemsOfAnArrayComeInOrder) {
    Parser parser;
    std::vector<std::string> items;
    parser.for_each_field(kText, 0, [&](std::string_view key, Node n) {
        if (key == "a") n.for_each_item([&](Node item) { items.emplace_back(item.raw()); });
    });

    EXPECT_EQ(items, (std::vector<std::string>{"1", "\"two\"", "{}"}));
}

TEST(Document, AFunctionThatReturnsFalseEndsTheWalk) {
    Parser parser;
    int calls = 0;
    EXPECT_TRUE(parser.for_each_field(kText, 0, [&](std::string_view key, Node) {
        ++calls;
        return key != "i";
    }));
    EXPECT_EQ(calls, 2);
}

TEST(Document, WhatIsNoObjectIsMalformed) {
    for (const std::string_view text :
         {"", "[]", "1", "\"a\"", "{", "{\"a\"", "{\"a\":", "{a:1}"}) {
        EXPECT_EQ(fields_of(text).back(), "malformed") << text;
    }
}

TEST(Document, NothingOfOneTextIsLeftInTheNext) {
    Parser parser;
    const auto first_name = [&](std::string_view text) {
        std::string name;
        parser.for_each_field(text, 0, [&](std::string_view key, Node) { name = key; });
        return name;
    };
    EXPECT_EQ(first_name(R"({"a\u0062c":1})"), "abc");
    EXPECT_EQ(first_name(R"({"x":1})"), "x");
}

}  // namespace
}  // namespace daybook::json
