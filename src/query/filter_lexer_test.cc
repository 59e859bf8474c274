#include "query/filter_lexer.h"

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

// The tokens' kinds and texts, one a line.
std::string lexed(std::string_view filter) {
    const Result<std::vector<Token>> tokens = lex_filter(filter);
    if (!tokens) return tokens.error().message();
    constexpr const char* kNames[] = {"word",     "quoted", "string", "number",
                                      "duration", "symbol", "end"};
    std::string text;
    for (const Token& token : *tokens) {
        text += fmt::format("{} {}\n", kNames[static_cast<std::size_t>(token.kind)], token.text);
    }
    return text;
}

TEST(FilterLexer, WordsSymbolsAndNumbers) {
    EXPECT_EQ(lexed("a_1>=-1.5e-3"), "word a_1\nsymbol >=\nsymbol -\nnumber 1.5e-3\nend \n");
    EXPECT_EQ(lexed("x<>1,y!~z"),
              "word x\nsymbol <>\nnumber 1\nsymbol ,\nword y\nsymbol !~\n"
              "word z\nend \n");
    EXPECT_EQ(lexed("größe"), "word größe\nend \n");
    EXPECT_EQ(lexed("a == 1"), "word a\nsymbol =\nnumber 1\nend \n");
}

TEST(FilterLexer, AQuoteIsWrittenTwice) {
    EXPECT_EQ(lexed("'it''s' \"a\"\"b\" ''"), "string it's\nquoted a\"b\nstring \nend \n");
}

TEST(FilterLexer, BehindADotDigitsBeginAName) {
    EXPECT_EQ(lexed("params.5m"), "word params\nsymbol .\nword 5m\nend \n");
    EXPECT_EQ(lexed("params . 5m"), "word params\nsymbol .\nduration 5m\nend \n");
}

TEST(FilterLexer, DurationsAddUp) {
    for (const auto& [text, milliseconds] : {std::pair("90m", 5'400'000.0),
                                             {"1h30m", 5'400'000.0},
                                             {"250ms", 250.0},
                                             {"1.5s", 1'500.0},
                                             {"2w", 1'209'600'000.0},
                                             {"7d", 604'800'000.0}}) {
        SCOPED_TRACE(text);
        const auto tokens = lex_filter(text);
        ASSERT_TRUE(tokens.has_value()) << tokens.error().message();
        ASSERT_EQ(tokens->size(), 2U);
        EXPECT_EQ(tokens->front().kind, TokenKind::kDuration);
        EXPECT_DOUBLE_EQ(tokens->front().milliseconds, milliseconds);
    }
}

TEST(FilterLexer, WhatIsNoTokenIsToldWithItsPlace) {
    EXPECT_EQ(lexed("a = #"), "column 5: found #, which no filter has\n  a = #\n      ^");
    EXPECT_EQ(lexed("a = 'b"),
              "column 5: found a string that does not end, expected another '\n  a = 'b\n      ^");
    EXPECT_EQ(lexed("tags.\"b"),
              "column 6: found a quoted name that does not end, expected "
              "another \"\n  tags.\"b\n       ^");
    EXPECT_EQ(lexed("a > 5x").substr(0, 30), "column 5: found 5x, expected a");
    EXPECT_EQ(lexed("a > 1h30").substr(0, 32), "column 5: found 1h30, expected a");
}

TEST(FilterLexer, OnlyTextIsRead) {
    using namespace std::literals;
    EXPECT_EQ(lexed("a = '\0'"sv), "byte 6: found a NUL, expected UTF-8 text");
    for (const char* bytes : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
        EXPECT_EQ(lexed("a" + std::string(bytes)), "byte 2: found no UTF-8, expected UTF-8 text");
    }
    const auto tokens = lex_filter(std::string(kFilterBytesMax + 1, ' '));
    ASSERT_FALSE(tokens.has_value());
    EXPECT_EQ(tokens.error().code(), ErrorCode::kLimit);
    EXPECT_TRUE(lex_filter(std::string(kFilterBytesMax, ' ')).has_value());
}

}  // namespace
}  // namespace daybook::query
