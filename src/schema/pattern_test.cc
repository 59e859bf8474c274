#include "schema/pattern.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

bool matches(const std::string& pattern, const std::string& text) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled.has_value()) << pattern;
    const auto found = compiled->is_found_in(text);
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

TEST(Pattern, LongTextsTakeNoStackAndHopelessOnesAreGivenUp) {
    EXPECT_TRUE(matches("^(a|b)+$", std::string(100'000, 'a')));
    EXPECT_TRUE(matches("^[ab]+$", std::string(16 << 20, 'a')));
    const auto hopeless = Pattern::compile("^(a+)+$")->is_found_in(std::string(64, 'a') + "b");
    ASSERT_FALSE(hopeless.has_value());
    EXPECT_EQ(hopeless.error().code(), ErrorCode::kLimit);
    EXPECT_EQ(hopeless.error().message(),
              "match the pattern \"^(a+)+$\" with a text of 65 bytes: match limit exceeded");
}

}  // namespace
}  // namespace daybook::schema
