#include "lifecycle/json_entry.h"

#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/outcome.h"

namespace daybook::lifecycle {
namespace {

class JsonEntryTest : public ::testing::Test {
protected:
    JsonEntry::Object object_ = JsonEntry::Object::parse(
        R"({"n":3,"zero":0,"t":"text","yes":true,"list":["a","b"],"null":null,"minus":-1})");
    JsonEntry entry_{object_, "ledger.json", "`place`"};
};

TEST_F(JsonEntryTest, ReadsWhatIsThere) {
    EXPECT_EQ(testing::value_of(entry_.count("n", 3)), 3U);
    EXPECT_EQ(testing::value_of(entry_.text("t", "a text")), "text");
    EXPECT_EQ(testing::value_of(entry_.boolean("yes")), true);
    EXPECT_EQ(testing::value_of(entry_.texts("list", "texts")),
              (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(testing::value_of(entry_.texts("t", "texts")), std::vector<std::string>{"text"});
}

TEST_F(JsonEntryTest, WhatIsMissingOrNullIsNothing) {
    for (const char* key : {"none", "null"}) {
        EXPECT_EQ(testing::value_of(entry_.count(key, 3)), std::nullopt);
        EXPECT_EQ(testing::value_of(entry_.text(key, "a text")), std::nullopt);
        EXPECT_EQ(testing::value_of(entry_.boolean(key)), std::nullopt);
        EXPECT_TRUE(testing::value_of(entry_.texts(key, "texts")).empty());
        EXPECT_EQ(entry_.find(key), nullptr);
    }
}

TEST_F(JsonEntryTest, RefusesWithPlaceKeyFoundAndExpected) {
    EXPECT_EQ(entry_.count("n", 2).error().message(),
              "read ledger.json: `place`: `n`: found 3, expected a whole number from 1 to 2");
    for (const char* key : {"zero", "minus", "t", "list"}) {
        EXPECT_FALSE(entry_.count(key, 9).has_value()) << key;
    }
    EXPECT_EQ(entry_.text("n", "a text").error().message(),
              "read ledger.json: `place`: `n`: found 3, expected a text");
    EXPECT_FALSE(entry_.boolean("n").has_value());
    EXPECT_FALSE(entry_.texts("n", "texts").has_value());
}

TEST_F(JsonEntryTest, AKeyThatNobodyKnowsIsRefusedWithTheNearest) {
    constexpr std::array<std::string_view, 6> kKnown = {"n", "zero", "t", "yes", "list", "nulls"};
    EXPECT_EQ(entry_.check_keys(kKnown).error().message(),
              "read ledger.json: `place`: `null`: found null, expected no such key; did you mean "
              "`nulls`?");
    constexpr std::array<std::string_view, 7> kAll = {"n",    "zero", "t",    "yes",
                                                      "list", "null", "minus"};
    testing::expect_ok(entry_.check_keys(kAll));
}

}  // namespace
}  // namespace daybook::lifecycle
