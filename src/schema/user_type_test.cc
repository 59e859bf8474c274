#include "schema/user_type.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

// The message of compiling a schema with the fields `more`.
std::string compiled(const std::string& more) {
    const auto type = UserType::compile(Tree::parse("{" + more + "}", nullptr, false));
    return type ? "ok" : type.error().message();
}

std::string with_fields(const std::string& more) {
    return compiled(R"("title":"trade.filled","type":"object")" + (more.empty() ? "" : "," + more));
}

std::string checked(const std::string& schema_fields, const std::string& payload) {
    const auto type = UserType::compile(
        Tree::parse(R"({"title":"trade.filled","type":"object",)" + schema_fields + "}"));
    EXPECT_TRUE(type.has_value());
    const Status status = (*type)->check(payload);
    return status ? "ok" : status.error().message();
}

TEST(UserType, NamesAreWordsJoinedByDots) {
    for (const char* const name : {"trade.filled", "a.b", "a1_b.c_2.d"}) {
        EXPECT_TRUE(check_type_name(name).has_value()) << name;
    }
    for (const std::string& name :
         {std::string(), std::string("trade"), std::string(".a"), std::string("a."),
          std::string("a..b"), std::string("Trade.filled"), std::string("1a.b"),
          std::string("a.b c"), std::string("a.\xc3\xa9"), std::string("a.-b"),
          "a." + std::string(255, 'x')}) {
        EXPECT_FALSE(check_type_name(name).has_value()) << name;
    }
}

TEST(UserType, NamesOfBuiltInTypesAndTheirFirstWordsAreTaken) {
    for (const char* const first :
         {"run", "phase", "trial", "metric", "baseline", "artifact", "view", "ledger"}) {
        const Status status = check_type_name(std::string(first) + ".mine");
        ASSERT_FALSE(status.has_value()) << first;
        EXPECT_NE(status.error().message().find("are Daybook's own"), std::string::npos);
    }
    EXPECT_TRUE(check_type_name("runs.mine").has_value());
}

TEST(UserType, TheShapeOfASchemaIsChecked) {
    EXPECT_EQ(with_fields(""), "ok");
    EXPECT_EQ(compiled(R"("type":"object")"),
              "register type: /title: missing, expected the name of the type");
    EXPECT_EQ(compiled(R"("title":"a.b")"),
              "register type: /type: expected \"object\": an event's payload is one");
    EXPECT_EQ(with_fields(R"("$schema":"http://json-schema.org/draft-07/schema#")"), "ok");
    EXPECT_NE(with_fields(R"("$schema":"http://json-schema.org/draft-04/schema#")"), "ok");
    for (const char* const version : {"0", "-1", "1.5", "\"1\"", "null", "1000001"}) {
        EXPECT_EQ(with_fields("\"x-version\":" + std::string(version)),
                  "register type: /x-version: expected an integer from 1 to 1000000");
    }
    EXPECT_EQ(with_fields(R"("x-durability":"power")"), "ok");
    EXPECT_NE(with_fields(R"("x-durability":"often")"), "ok");
    EXPECT_NE(with_fields(R"("x-upcast":[7])"), "ok");
    EXPECT_NE(with_fields(R"("properties":[])"), "ok");
    EXPECT_NE(with_fields(R"("required":{})"), "ok");
}

TEST(UserType, ReservedNamesMayNotBeDeclared) {
    EXPECT_EQ(with_fields(R"("properties":{"seq":{}})"),
              "register type: /properties/seq: `seq` is reserved for the event line itself");
    EXPECT_EQ(with_fields(R"("required":["run_id"])"),
              "register type: /required/0: `run_id` is reserved for the event line itself");
}

TEST(UserType, WhatIsNoSchemaIsRefused) {
    for (const char* const more :
         {R"("properties":{"a":{"type":"text"}})", R"("properties":{"a":7})",
          R"("properties":{"a":{"minimum":"x"}})", R"("required":[7])",
          R"("properties":{"a":{"$ref":"http://example.org/x.json"}})",
          R"("properties":{"a":{"$ref":7}})"}) {
        EXPECT_TRUE(with_fields(more).starts_with("register type: ")) << more << with_fields(more);
    }
}

TEST(UserType, WhatNoCheckComesToAnEndWithIsRefused) {
    EXPECT_EQ(
        with_fields(R"("allOf":[{"$ref":"#"}])"),
        "register type: /: it refers back to itself without looking any deeper into an event, "
        "expected a schema that comes to an end");
    EXPECT_EQ(with_fields(R"("properties":{"a":{"multipleOf":0}})"),
              "register type: /properties/a/multipleOf: found 0, expected a number above 0");
    EXPECT_NE(with_fields(R"("properties":{"a":{"pattern":"("}})"), "ok");
    EXPECT_EQ(with_fields(R"("description":5)"), "register type: /description: expected a string");
    EXPECT_EQ(with_fields(R"("x-compatibility":null)"),
              "register type: /x-compatibility: expected a string");
}

// As an earlier version may have registered it.
TEST(UserType, OfATypeThatCannotBeCheckedOnlyTheEventsAreRefused) {
    const auto type =
        UserType::load(Tree::parse(R"({"title":"a.b","type":"object","allOf":[{"$ref":"#"}]})"));
    ASSERT_TRUE(type.has_value());
    EXPECT_EQ((*type)->name(), "a.b");
    const Status status = (*type)->check("{}");
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(
        status.error().message(),
        "check event: its type was registered by an earlier version, and cannot be checked: "
        "register type: /: it refers back to itself without looking any deeper into an event, "
        "expected a schema that comes to an end; register another version of it");
}

// Each level doubles what is applied at the next one.
TEST(UserType, WhatIsAppliedAgainAndAgainIsGivenUp) {
    std::string payload = "{}";
    for (int depth = 1; depth < 62; ++depth) payload = R"({"n":)" + payload + "}";
    const std::string twice =
        R"([{"properties":{"n":{"$ref":"#"}}},{"properties":{"n":{"$ref":"#"}}}])";
    for (const std::string& schema :
         {R"("allOf":)" + twice, R"("allOf":[true],"oneOf":)" + twice}) {
        EXPECT_EQ(checked(schema, payload),
                  "check event: it cannot be checked: its schemas would be applied to it more than "
                  "250000 times")
            << schema;
    }
    // On this thread the next one is checked as if nothing had been.
    EXPECT_EQ(checked(R"("allOf":)" + twice, R"({"n":{"n":{}}})"), "ok");
}

TEST(UserType, NamesThatTakeLongToMatchAreRefused) {
    EXPECT_EQ(checked(R"("patternProperties":{"^(a+)+$":{}})",
                      R"({"x":{")" + std::string(34, 'a') + R"(b":1}})"),
              "check event: match the pattern \"^(a+)+$\" with a text of 35 bytes: the event takes "
              "too long to check");
    // PCRE2 would see at once that there is no c.
    EXPECT_NE(checked(R"("patternProperties":{"^(a+)+c$":{}})",
                      R"({")" + std::string(34, 'a') + R"(b":1})"),
              "ok");
}

TEST(UserType, NamesThatAreMatchedHaveALimit) {
    const std::string schema = R"("patternProperties":{"^(a|b)+$":{"type":"integer"}})";
    const auto of_name = [](std::size_t bytes) {
        return R"({"c":[{")" + std::string(bytes, 'a') + R"(":1}]})";
    };
    EXPECT_EQ(checked(schema, of_name(256)), "ok");
    EXPECT_TRUE(checked(schema, of_name(100'000))
                    .starts_with("check event: found a name of 100000 bytes, \"aaa"));
    EXPECT_EQ(checked(R"("properties":{})", of_name(100'000)), "ok");
}

TEST(UserType, AnEventMayBeNestedAsDeeplyAsAnyUnderATypeThatRefersToItself) {
    std::string payload = "{}";
    for (int depth = 1; depth < 64; ++depth) payload = R"({"next":)" + payload + "}";
    EXPECT_EQ(checked(R"("properties":{"next":{"$ref":"#"}})", payload), "ok");
}

TEST(UserType, AnEventIsCheckedWithPlaceFoundAndExpected) {
    const std::string schema =
        R"("required":["price"],"properties":{"price":{"type":"number","minimum":0},
        "side":{"enum":["buy","sell"]},"fees":{"type":"array",
        "items":{"type":["number","null"]}}})";
    EXPECT_EQ(checked(schema, R"({"price":1,"side":"buy","fees":[1,null],"more":{}})"), "ok");
    EXPECT_EQ(checked(schema, "{}"), "check event: /price: missing, expected a value");
    EXPECT_EQ(checked(schema, R"({"price":"1"})"),
              "check event: /price: found \"1\", expected number");
    EXPECT_EQ(checked(schema, R"({"price":1,"side":"hold"})"),
              "check event: /side: found \"hold\", expected one of [\"buy\",\"sell\"]");
    EXPECT_EQ(checked(schema, R"({"price":1,"fees":[1,"2"]})"),
              "check event: /fees/1: found \"2\", expected number or null");
    EXPECT_TRUE(
        checked(schema, R"({"price":-1})").starts_with("check event: /price: found -1, expected "));
}

TEST(UserType, WhereTooMuchIsWrongThePlaceIsNotLookedFor) {
    std::string items = "0.5";
    while (items.size() < 300'000) items += ",0.5";
    const std::string text =
        checked(R"("properties":{"a":{"items":{"type":"integer"}}})", R"({"a":[)" + items + "]}");
    EXPECT_TRUE(text.starts_with("check event: found {\"a\":[0.5,0.5")) << text;
    EXPECT_TRUE(text.ends_with("there is too much of it to tell where it differs")) << text;
}

TEST(UserType, IntegersOfMoreThan63BitsAreLarge) {
    const std::string event = R"({"a":18446744073709551615})";
    EXPECT_EQ(checked(R"("properties":{"a":{"minimum":0,"multipleOf":3}})", event), "ok");
    EXPECT_NE(checked(R"("properties":{"a":{"maximum":10}})", event), "ok");
    EXPECT_NE(checked(R"("properties":{"a":{"const":-1}})", event), "ok");
    EXPECT_EQ(
        checked(R"("properties":{"a":{"uniqueItems":true}})", R"({"a":[-1,18446744073709551615]})"),
        "ok");
}

TEST(UserType, MessagesHoldNoControlCharacters) {
    const std::string text =
        checked(R"("properties":{"\u001b[31m\n":{"type":"string"}})", R"({"\u001b[31m\n":5})");
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(UserType, FormatsAreRemarksAndNeverStopAnEvent) {
    const std::string schema =
        R"("properties":{"day":{"format":"date"},"format":{"type":"string","format":"time"}})";
    EXPECT_EQ(checked(schema, R"({"day":7})"), "ok");
    EXPECT_EQ(checked(schema, R"({"day":"never"})"), "ok");
    EXPECT_EQ(checked(schema, R"({"format":7})"), "check event: /format: found 7, expected string");
}

}  // namespace
}  // namespace daybook::schema
