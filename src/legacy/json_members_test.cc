#include "legacy/json_members.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

// The value with each name once, and the numbers that are named then: "{…} /metrics/a=NaN".
std::string once(std::string_view text) {
    json::NonFinite nonfinite(json::NonFinite::Form::kListed);
    json::Path path;
    path.enter();
    path.set("metrics");
    std::string out = "before ";
    EXPECT_TRUE(json::append_lenient(text, path, nonfinite, out)) << text;
    keep_last_of_a_name(out, 7, path, nonfinite);
    for (const auto& [pointer, name] : nonfinite.entries()) {
        out += fmt::format(" {}={}", pointer, name);
    }
    return out.substr(7);
}

TEST(JsonMembers, TheLastOfANameIsKeptAtEveryDepth) {
    EXPECT_EQ(once(R"({"a":1,"b":2})"), R"({"a":1,"b":2})");
    EXPECT_EQ(once(R"({"a":1,"b":2,"a":3})"), R"({"b":2,"a":3})");
    EXPECT_EQ(once(R"({"x":{"a":1,"\u0061":[{"b":1,"b":{"c":1,"c":2}}]},"a":0})"),
              R"({"x":{"\u0061":[{"b":{"c":2}}]},"a":0})");
    EXPECT_EQ(once(R"([{"a":1},{"a":1,"a":2}])"), R"([{"a":1},{"a":2}])");
    EXPECT_EQ(once(R"({"a":{"b":1},"b":{"a":1}})"), R"({"a":{"b":1},"b":{"a":1}})")
        << "the same name in other objects";
    EXPECT_EQ(once("7"), "7");
}

TEST(JsonMembers, WhatIsNotLeftOfTheOutermostObjectIsNamed) {
    json::NonFinite nonfinite(json::NonFinite::Form::kListed);
    json::Path path;
    path.enter();
    std::string out = R"({"a":1,"x":{"b":1,"b":2},"a":[2],"c":3,"a":4})";
    const std::vector<Replaced> replaced = keep_last_of_a_name(out, 0, path, nonfinite);
    ASSERT_EQ(replaced.size(), 2U);
    EXPECT_EQ(replaced[0].name + replaced[0].value + replaced[0].standing, "a14");
    EXPECT_EQ(replaced[1].name + replaced[1].value + replaced[1].standing, "a[2]4");
    EXPECT_EQ(out, R"({"x":{"b":2},"c":3,"a":4})");
}

TEST(JsonMembers, WhatItsNumbersWereIsSaidOfThoseThatStand) {
    EXPECT_EQ(once(R"({"a":NaN,"x":{"b":NaN,"b":1,"c":Infinity},"a":1})"),
              R"({"x":{"b":1,"c":null},"a":1} /metrics/x/c=Infinity)");
    EXPECT_EQ(once(R"({"x":{"b":1,"b":NaN}})"), R"({"x":{"b":null}} /metrics/x/b=NaN)");
}

TEST(JsonMembers, OnlyNumbersAreKeptWhereOnlyTheyMayBe) {
    std::string out = "x{\"a\":1,\"b\":null,\"c\":\"2\",\"d\":{\"e\":1},\"f\":-2.5}";
    std::vector<std::string> left_out;
    keep_numbers(out, 1, [&](std::string_view name, std::string_view value) {
        left_out.push_back(fmt::format("{}={}", name, value));
    });
    EXPECT_EQ(out, "x{\"a\":1,\"f\":-2.5}");
    EXPECT_EQ(left_out, (std::vector<std::string>{"c=\"2\"", "d={\"e\":1}"}));
}

}  // namespace
}  // namespace daybook::legacy
