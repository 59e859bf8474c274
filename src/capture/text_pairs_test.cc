#include "capture/text_pairs.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::capture {
namespace {

// "0-5 1-4": what opens where, and what closes it; "-": nothing.
std::string pairs(std::string_view text) {
    std::string found;
    for (const TextPair& pair : pairs_of(text)) {
        found += (found.empty() ? "" : " ") + std::to_string(pair.open) + "-";
        if (pair.close != std::string_view::npos) found += std::to_string(pair.close);
    }
    return found;
}

TEST(TextPairs, BelongTogetherOneWithinTheOther) {
    EXPECT_EQ(pairs("([a]){}"), "0-4 1-3 5-6");
    EXPECT_EQ(pairs("'a' \"b\""), "0-2 4-6");
    EXPECT_EQ(pairs("\"it's\""), "0-5 3-");
    EXPECT_EQ(pairs("\"(\")"), "0-2 1-");
    EXPECT_EQ(pairs("(]"), "0-");
    EXPECT_EQ(pairs(")'"), "1-");
    EXPECT_EQ(pairs(""), "");
}

TEST(TextPairs, EscapedQuotesBelongToEscapedOnes) {
    EXPECT_EQ(pairs(R"("\"a\"")"), "0-6 2-5");
    EXPECT_EQ(pairs(R"("a\\")"), "0-4");
    EXPECT_EQ(pairs(R"("\"\\\"a\\\"\"")"), "0-14 2-13 6-11");
}

TEST(ClosingQuote, IsAsOftenEscapedOrLess) {
    EXPECT_EQ(closing_quote(R"("a\"b")", 0), 5U);
    EXPECT_EQ(closing_quote(R"("a\\"b)", 0), 4U);
    EXPECT_EQ(closing_quote(R"(\"a\\\"b\")", 1), 9U);
    EXPECT_EQ(closing_quote(R"(\"a")", 1), 3U);
    EXPECT_EQ(closing_quote("'a\"", 0), std::string_view::npos);
}

}  // namespace
}  // namespace daybook::capture
