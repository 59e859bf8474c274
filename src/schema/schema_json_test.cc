#include "schema/schema_json.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

TEST(SchemaJson, TheOrderOfTheFieldsIsKept) {
    EXPECT_EQ(parse_tree(R"({ "b": 1, "a": [ 2.50 ] })", "text")->dump(), R"({"b":1,"a":[2.5]})");
}

TEST(SchemaJson, WhatIsWrongIsSaidByLineAndColumn) {
    const auto result = parse_tree("{\n \"a\": }", "schema");
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message(),
              "parse schema: /a: line 2, column 7: found }, expected a value");
}

TEST(SchemaJson, PointerTokensAreEscaped) { EXPECT_EQ(pointer_token("a/b~c"), "a~1b~0c"); }

}  // namespace
}  // namespace daybook::schema
