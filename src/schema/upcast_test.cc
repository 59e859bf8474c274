#include "schema/upcast.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

// `payload` after `steps`; the message after "! " if it does not fit.
std::string upcasted(const std::string& steps, const std::string& payload) {
    const auto parsed = parse_upcast(Tree{{"x-upcast", Tree::parse(steps)}});
    if (!parsed) return "! " + parsed.error().message();
    Tree tree = Tree::parse(payload);
    const Status status = apply_upcast(*parsed, tree);
    return status ? tree.dump() : "! " + status.error().message();
}

std::string cast(const std::string& to, const std::string& value) {
    return upcasted(R"([{"op":"cast","path":"/x","to":")" + to + "\"}]", "{\"x\":" + value + "}");
}

TEST(Upcast, ASchemaWithoutStepsChangesNothing) {
    EXPECT_TRUE(parse_upcast(Tree::object())->empty());
    EXPECT_EQ(upcasted("[]", R"({"a":1})"), R"({"a":1})");
}

TEST(Upcast, StepsMayNotMakeWhatIsOfTheLineItselfNorWhatIsNestedTooDeeply) {
    EXPECT_EQ(upcasted(R"([{"op":"rename","path":"/a","to":"seq"}])", "{}"),
              "! /x-upcast/0/to: `seq` is reserved for the event line itself");
    EXPECT_EQ(upcasted(R"([{"op":"move","path":"/a","to":"/run_id"}])", "{}"),
              "! /x-upcast/0/to: `run_id` is reserved for the event line itself");
    EXPECT_EQ(upcasted(R"([{"op":"default","path":"/seq/a","value":1}])", "{}"),
              "! /x-upcast/0/path: `seq` is reserved for the event line itself");
    EXPECT_EQ(upcasted(R"([{"op":"rename","path":"/o/a","to":"seq"}])", R"({"o":{"a":1}})"),
              R"({"o":{"seq":1}})");
    std::string deep;
    for (int i = 0; i < 64; ++i) deep += "/a";
    const auto step = [](const std::string& path) {
        return R"([{"op":"default","path":")" + path + R"(","value":1}])";
    };
    EXPECT_EQ(upcasted(step(deep), "{}").substr(0, 1), "{");
    EXPECT_EQ(upcasted(step(deep + "/a"), "{}").substr(0, 1), "!");
}

TEST(Upcast, RenameGivesAFieldAnotherNameWhereItStands) {
    EXPECT_EQ(upcasted(R"([{"op":"rename","path":"/o/a","to":"b"}])", R"({"o":{"a":1}})"),
              R"({"o":{"b":1}})");
}

TEST(Upcast, MoveMakesTheObjectsOnTheWay) {
    EXPECT_EQ(upcasted(R"([{"op":"move","path":"/a","to":"/o/p/a"}])", R"({"a":[1]})"),
              R"({"o":{"p":{"a":[1]}}})");
}

TEST(Upcast, RenameAndMoveReplaceWhatStandsAtTheTarget) {
    EXPECT_EQ(upcasted(R"([{"op":"rename","path":"/a","to":"b"}])", R"({"a":1,"b":2})"),
              R"({"b":1})");
    EXPECT_EQ(upcasted(R"([{"op":"move","path":"/a","to":"/b"}])", R"({"a":1,"b":2})"),
              R"({"b":1})");
}

TEST(Upcast, DefaultFillsInWhatIsMissingAndNothingElse) {
    const std::string step = R"([{"op":"default","path":"/o/a","value":[0]}])";
    EXPECT_EQ(upcasted(step, "{}"), R"({"o":{"a":[0]}})");
    EXPECT_EQ(upcasted(step, R"({"o":{"a":null}})"), R"({"o":{"a":null}})");
}

TEST(Upcast, DropTakesAFieldAway) {
    EXPECT_EQ(upcasted(R"([{"op":"drop","path":"/o/a"}])", R"({"o":{"a":1,"b":2}})"),
              R"({"o":{"b":2}})");
}

TEST(Upcast, CastConvertsWhatHasAnEquivalent) {
    EXPECT_EQ(cast("integer", "\"12\""), R"({"x":12})");
    EXPECT_EQ(cast("integer", "3.0"), R"({"x":3})");
    EXPECT_EQ(cast("integer", "true"), R"({"x":1})");
    EXPECT_EQ(cast("number", "\"1.5e3\""), R"({"x":1500.0})");
    EXPECT_EQ(cast("number", "false"), R"({"x":0})");
    EXPECT_EQ(cast("string", "1.5"), R"({"x":"1.5"})");
    EXPECT_EQ(cast("string", "true"), R"({"x":"true"})");
    EXPECT_EQ(cast("boolean", "\"false\""), R"({"x":false})");
    EXPECT_EQ(cast("boolean", "1"), R"({"x":true})");
}

TEST(Upcast, CastRefusesWhatHasNone) {
    for (const auto& [to, value] : {std::pair("integer", "1.5"),
                                    {"integer", "\"x\""},
                                    {"integer", "1e300"},
                                    {"number", "\"\""},
                                    {"number", "\"1x\""},
                                    {"number", "\"0x10\""},
                                    {"boolean", "2"},
                                    {"boolean", "\"yes\""},
                                    {"string", "{}"},
                                    {"string", "[1]"},
                                    {"number", "\"1e999\""}}) {
        EXPECT_EQ(cast(to, value).substr(0, 2), "! ") << to << value;
    }
    EXPECT_EQ(cast("integer", "\"x\""),
              "! upcast /x: found \"x\", expected what can be cast to integer");
}

TEST(Upcast, AStepWhosePathIsNotThereDoesNothing) {
    for (const char* const step :
         {R"({"op":"rename","path":"/o/a","to":"b"})", R"({"op":"move","path":"/o/a","to":"/b"})",
          R"({"op":"drop","path":"/o/a"})", R"({"op":"cast","path":"/o/a","to":"string"})"}) {
        EXPECT_EQ(upcasted("[" + std::string(step) + "]", R"({"c":1})"), R"({"c":1})") << step;
        EXPECT_EQ(upcasted("[" + std::string(step) + "]", R"({"o":7})"), R"({"o":7})") << step;
    }
}

TEST(Upcast, WhatIsNoObjectOnTheWayToATargetIsAnError) {
    EXPECT_EQ(upcasted(R"([{"op":"move","path":"/a","to":"/b/a"}])", R"({"a":1,"b":2})"),
              "! upcast /b/a: found number on the way, expected an object");
}

TEST(Upcast, StepsApplyInOrder) {
    EXPECT_EQ(
        upcasted(R"([{"op":"rename","path":"/a","to":"b"},{"op":"cast","path":"/b","to":"string"},
                           {"op":"default","path":"/a","value":0}])",
                 R"({"a":1})"),
        R"({"b":"1","a":0})");
}

TEST(Upcast, PointersAreUnescaped) {
    EXPECT_EQ(upcasted(R"([{"op":"drop","path":"/a~1b~0c"}])", R"({"a/b~c":1})"), "{}");
}

TEST(Upcast, AStepThatIsWrongIsNamedWithItsPlace) {
    EXPECT_EQ(upcasted(R"([{"op":"swap","path":"/a"}])", "{}"),
              "! /x-upcast/0/op: found \"swap\", expected rename, move, default, drop or cast");
    EXPECT_EQ(upcasted(R"([{"op":"drop"}])", "{}"),
              "! /x-upcast/0/path: expected the JSON pointer of a field");
    EXPECT_EQ(upcasted(R"([{"op":"drop","path":"a"}])", "{}"),
              "! /x-upcast/0/path: expected the JSON pointer of a field");
    EXPECT_EQ(upcasted(R"([{"op":"rename","path":"/a"}])", "{}"),
              "! /x-upcast/0/to: expected a field's name");
    EXPECT_EQ(upcasted(R"([{"op":"move","path":"/a","to":"b"}])", "{}"),
              "! /x-upcast/0/to: expected the JSON pointer of a field");
    EXPECT_EQ(upcasted(R"([{"op":"default","path":"/a"}])", "{}"), "! /x-upcast/0/value: missing");
    EXPECT_EQ(upcasted(R"([{"op":"cast","path":"/a","to":"date"}])", "{}"),
              "! /x-upcast/0/to: found \"date\", expected integer, number, string or boolean");
    EXPECT_EQ(upcasted("{}", "{}"), "! /x-upcast: expected an array");
    EXPECT_EQ(upcasted("[7]", "{}"), "! /x-upcast/0/path: expected the JSON pointer of a field");
}

}  // namespace
}  // namespace daybook::schema
