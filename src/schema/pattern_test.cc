#include "schema/pattern.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

bool matches(const std::string& pattern, const std::string& text) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled.has_value()) << pattern;
    MatchBudget budget;
    const auto found = compiled->is_found_in(text, budget);
    EXPECT_TRUE(found.has_value()) << pattern;
    return *found;
}

TEST(Pattern, ItIsLookedForAnywhere) {
    EXPECT_TRUE(matches("b+", "abbc"));
    EXPECT_FALSE(matches("^b+$", "abbc"));
    EXPECT_TRUE(matches("", ""));
}

TEST(Pattern, ExpressionsAreThoseOfEcmaScript) {
    EXPECT_FALSE(matches("a$", "a\n")) << "the end is the end";
    EXPECT_TRUE(matches("^\\u0041\\x42$", "AB"));
    EXPECT_TRUE(matches("^[^]$", "\n"));
    EXPECT_FALSE(matches("^(?!run\\.)", "run.created"));
    EXPECT_TRUE(matches("^(a|b)\\1$", "bb"));
    EXPECT_TRUE(matches("^.$", "\xc3\xa9")) << "a character and not a byte";
    EXPECT_TRUE(matches("^[\xc3\xa9-\xc3\xaa]$", "\xc3\xaa"));
    EXPECT_FALSE(matches("^\\d$", "\xd9\xa3")) << "digits are 0 to 9";
    EXPECT_TRUE(matches(std::string("^a\\0b$"), std::string("a\0b", 3)));
}

TEST(Pattern, WhatIsNoExpressionIsNamed) {
    EXPECT_EQ(Pattern::compile("a(b").error().message(),
              "found \"a(b\", which is no regular expression: missing closing parenthesis (at byte "
              "3)");
    EXPECT_EQ(Pattern::compile(std::string(kPatternBytesMax + 1, 'a')).error().message(),
              "found 1001 bytes, a pattern may have 1000");
    EXPECT_TRUE(Pattern::compile(std::string(kPatternBytesMax, 'a')).has_value());
    EXPECT_FALSE(Pattern::compile(std::string(kPatternBytesMax, '(')).has_value());
}

TEST(Pattern, LongTextsTakeNoStack) {
    EXPECT_TRUE(matches("^(a|b)+$", std::string(4'000, 'a')));
    EXPECT_FALSE(matches("foo", std::string(kMatchedBytesMax, 'a')));
    EXPECT_TRUE(matches("^[ab]+$", std::string(kMatchedBytesMax, 'a')));
}

// Why matching is given up.
std::string refusal(const std::string& pattern, const std::string& text, MatchBudget budget = {}) {
    const auto found = Pattern::compile(pattern)->is_found_in(text, budget);
    if (found) return *found ? "found" : "not found";
    EXPECT_EQ(found.error().code(), ErrorCode::kLimit);
    return found.error().message();
}

TEST(Pattern, WhatTakesTooLongIsGivenUp) {
    EXPECT_EQ(refusal("^(a+)+$", std::string(64, 'a') + "b"),
              "match the pattern \"^(a+)+$\" with a text of 65 bytes: the event takes too long to "
              "check");
    EXPECT_EQ(refusal("a[^b]*[bc]", std::string(kMatchedBytesMax, 'a')),
              "match the pattern \"a[^b]*[bc]\" with a text of 65536 bytes: the event takes too "
              "long to check");
    EXPECT_EQ(refusal("a", std::string(kMatchedBytesMax + 1, 'a')),
              "match the pattern \"a\" with a text of 65537 bytes: at most 65536 are matched");
}

TEST(Pattern, TheBudgetIsOfAllMatchesTogether) {
    const auto pattern = Pattern::compile("^(x+x+)+[yz]$");
    MatchBudget budget{.left = 10'000'000};
    const std::uint64_t before = budget.left;
    ASSERT_TRUE(pattern->is_found_in("xxxxxxxxxxxx", budget).has_value());
    const std::uint64_t cost = before - budget.left;
    EXPECT_GT(cost, 100U);
    int matched = 0;
    while (pattern->is_found_in("xxxxxxxxxxxx", budget).has_value()) ++matched;
    EXPECT_LE(static_cast<std::uint64_t>(matched), before / cost);
    EXPECT_GT(matched, 10);
    EXPECT_LT(budget.left, cost * 10);
}

}  // namespace
}  // namespace daybook::schema
