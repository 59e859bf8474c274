#include "schema/own_keywords.h"

#include <string>

#include <gtest/gtest.h>

#include "schema/user_type.h"

namespace daybook::schema {
namespace {

// Why the schema `text` is refused; "ok" if it is not.
std::string problem(const std::string& text) {
    nlohmann::json schema = nlohmann::json::parse(text);
    const Status status = check_keywords({.schema = &schema, .at = "/x"});
    return status ? "ok" : status.error().message();
}

// What checking the field `x` by the schema `field` says of `value`.
std::string checked(const std::string& field, const std::string& value) {
    const auto type = UserType::compile(
        Tree::parse(R"({"title":"a.b","type":"object","properties":{"x":)" + field + "}}"));
    EXPECT_TRUE(type.has_value()) << field;
    const Status status = (*type)->check(R"({"x":)" + value + "}");
    return status ? "ok" : status.error().message();
}

TEST(OwnKeywords, ValuesThatCannotBeWorkedWithAreRefused) {
    EXPECT_EQ(problem(R"({"multipleOf":0.5,"pattern":"^a+$","patternProperties":{"^a":{}}})"),
              "ok");
    EXPECT_EQ(problem(R"({"multipleOf":0})"),
              "register type: /x/multipleOf: found 0, expected a number above 0");
    for (const char* const value :
         {"0.0", "-0.0", "-1", "-0.5", "\"3\"", "null", "18446744073709551615"}) {
        EXPECT_NE(problem(std::string(R"({"multipleOf":)") + value + "}"), "ok") << value;
    }
    EXPECT_EQ(problem(R"({"pattern":"("})"),
              "register type: /x/pattern: found \"(\", which is no regular expression: missing "
              "closing parenthesis (at byte 1)");
    EXPECT_EQ(problem(R"({"pattern":7})"),
              "register type: /x/pattern: expected a regular expression");
    EXPECT_NE(problem(R"({"patternProperties":{"(":{}}})").find("/x/patternProperties/(: found"),
              std::string::npos);
    EXPECT_EQ(problem(R"({"daybook:multipleOf":0})"),
              "register type: /x/daybook:multipleOf: keywords of this name are Daybook's own");
    EXPECT_EQ(problem(R"({"$ref":"#","multipleOf":0})"), "ok") << "it counts for nothing";
}

TEST(OwnKeywords, PatternsSayWhatIsExpected) {
    const std::string field = R"({"pattern":"^(a|b)+$"})";
    EXPECT_EQ(checked(field, R"("ab")"), "ok");
    EXPECT_EQ(checked(field, "7"), "ok") << "of texts alone";
    EXPECT_EQ(checked(field, R"("abc")"),
              "check event: /x: found \"abc\", expected a text that matches \"^(a|b)+$\"");
    EXPECT_EQ(checked(field, '"' + std::string(4'000, 'a') + '"'), "ok");
    // Wherever it stands.
    EXPECT_EQ(checked(R"({"anyOf":[{"pattern":"^a"},{"items":{"pattern":"^b"}}]})", R"(["b"])"),
              "ok");
    EXPECT_NE(checked(R"({"propertyNames":{"pattern":"^a"}})", R"({"b":1})"), "ok");
    EXPECT_NE(checked(R"({"properties":{"default":{"pattern":"^a"}}})", R"({"default":"b"})"),
              "ok");
}

TEST(OwnKeywords, AHopelessMatchIsAnErrorAndComesToAnEnd) {
    const std::string text =
        checked(R"({"pattern":"^(a+)+$"})", '"' + std::string(64, 'a') + "b\"");
    EXPECT_NE(text.find("it cannot be checked: match the pattern \"^(a+)+$\""), std::string::npos)
        << text;
}

TEST(OwnKeywords, UniqueItemsAreComparedByWhatTheyMean) {
    const std::string field = R"({"uniqueItems":true})";
    for (const char* const different :
         {"[]", "[1]", "[1,\"1\",[1],{\"a\":1},true,null]", "[0,false,\"\",null]", "7",
          "[1.5,1.25,1e300,-1]", R"([{"a":1,"b":2},{"a":2,"b":1}])", R"([["a,b"],["a","b"]])",
          R"([{"a":"b"},{"a:b":""}])"}) {
        EXPECT_EQ(checked(field, different), "ok") << different;
    }
    for (const char* const same :
         {"[1,2,1]", "[1,1.0]", "[null,null]", "[\"a\",\"a\"]", "[0.1,0.1]", "[[1,[2]],[1,[2]]]",
          R"([{"a":1,"b":{}},{"b":{},"a":1.0}])"}) {
        EXPECT_NE(checked(field, same).find("expected items of which no two are the same"),
                  std::string::npos)
            << same;
    }
    EXPECT_EQ(checked(R"({"uniqueItems":false})", "[1,1]"), "ok");
    EXPECT_EQ(problem(R"({"uniqueItems":1})"),
              "register type: /x/uniqueItems: found 1, expected true or false");
}

TEST(OwnKeywords, AValueIsOneOfThoseThatAreListed) {
    const std::string field = R"({"enum":[1,"b",null,{"c":[1.0]}]})";
    for (const char* const listed : {"1", "1.0", "\"b\"", "null", R"({"c":[1]})"}) {
        EXPECT_EQ(checked(field, listed), "ok") << listed;
    }
    EXPECT_EQ(checked(field, "\"1\""),
              R"(check event: /x: found "1", expected one of [1,"b",null,{"c":[1,],}])");
    EXPECT_EQ(problem(R"({"enum":[]})"),
              "register type: /x/enum: found [], expected a list of values");
}

TEST(OwnKeywords, ManyItemsAreLookedAtOnceEach) {
    std::string items = "0";
    for (int i = 1; i < 200'000; ++i) items += "," + std::to_string(i);
    EXPECT_EQ(checked(R"({"uniqueItems":true})", "[" + items + "]"), "ok");
    std::string zeros = "0";
    for (int i = 1; i < 200'000; ++i) zeros += ",0";
    EXPECT_NE(checked(R"({"uniqueItems":true})", "[" + zeros + "]"), "ok");
}

TEST(OwnKeywords, MultiplesAreWhatDivisionSays) {
    EXPECT_EQ(checked(R"({"multipleOf":3})", "-9"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":3})", "0"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":3})", "9.0"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":3})", "\"a\""), "ok") << "of numbers alone";
    EXPECT_EQ(checked(R"({"multipleOf":3})", "3.5"),
              "check event: /x: found 3.5, expected a multiple of 3");
    EXPECT_NE(checked(R"({"multipleOf":3})", "-9223372036854775808"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":2})", "-9223372036854775808"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":0.1})", "0.3"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":0.01})", "4.35"), "ok");
    EXPECT_NE(checked(R"({"multipleOf":0.01})", "4.355"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":0.5})", "7"), "ok");
    EXPECT_EQ(checked(R"({"multipleOf":7})", "1e300").empty(), false);
}

}  // namespace
}  // namespace daybook::schema
