#include "json/reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/random.h"

namespace daybook::json {
namespace {

// The text without white space; the error's message after "! " if it is refused.
std::string checked(std::string_view text) {
    std::string out;
    const Status status = minify(text, out, "text");
    return status ? out : "! " + status.error().message();
}

bool accepts(std::string_view text) { return !checked(text).starts_with("! "); }

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

constexpr std::string_view kSample =
    R"({"a":1,"b":[true,false,null,-1.5e+3,"x\n\u00e9"],"c":{"d":{},"e":[]},"f":"üñ€😀"})";

TEST(Reader, WhiteSpaceGoesAndAllElseStaysAsItIs) {
    EXPECT_EQ(checked(kSample), kSample);
    EXPECT_EQ(checked(" \t{ \"a\" :\r\n 1.50 , \"b b\" : [ 1 , 2 ] }\n"),
              R"({"a":1.50,"b b":[1,2]})");
}

TEST(Reader, TakesWhatJsonIs) {
    for (const char* const text :
         {"null", "true", "false", "0", "\"\"", "[]", "{}", "[[],{}]", "\"\x7f\"", "{\"\":0}",
          "{\"a\":1,\"a\":2}", "\"\\ud83d\\ude00\"", "1e-400"}) {
        EXPECT_TRUE(accepts(text)) << text;
    }
}

TEST(Reader, RefusesWhatJsonIsNot) {
    for (const char* const text : {"",
                                   " ",
                                   "nul",
                                   "nulll",
                                   "True",
                                   "[1,]",
                                   "[,1]",
                                   "[1 2]",
                                   "[1",
                                   "]",
                                   "{",
                                   "{\"a\"}",
                                   "{\"a\":}",
                                   "{\"a\":1,}",
                                   "{,}",
                                   "{a:1}",
                                   "{'a':1}",
                                   "{\"a\" 1}",
                                   "{\"a\":1 \"b\":2}",
                                   "{1:2}",
                                   "1 2",
                                   "[]x",
                                   "01",
                                   "+1",
                                   "1.",
                                   ".5",
                                   "1e",
                                   "0x1",
                                   "-",
                                   "\"",
                                   "\"a",
                                   "\"\\\"",
                                   "\"\\x\"",
                                   "\"\\u12\"",
                                   "\"\t\"",
                                   "\"\\ud83d\"",
                                   "\"\xff\"",
                                   "\"\xc3\"",
                                   "// c\n1",
                                   "[1]//",
                                   "\xef\xbb\xbf{}",
                                   "truefalse",
                                   "1true",
                                   "[1}",
                                   "{\"a\":1]"}) {
        EXPECT_FALSE(accepts(text)) << text;
    }
}

TEST(Reader, EveryCutOfATextIsRefused) {
    for (std::size_t size = 0; size < kSample.size(); ++size) {
        EXPECT_FALSE(accepts(kSample.substr(0, size))) << size;
    }
}

TEST(Reader, TakesNoTextThatAnotherParserRefusesWhateverByteIsChanged) {
    for (std::size_t place = 0; place < kSample.size(); ++place) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            std::string text(kSample);
            text[place] = static_cast<char>(byte);
            ASSERT_EQ(accepts(text), nlohmann::json::accept(text)) << text;
        }
    }
}

TEST(Reader, AgreesWithAnotherParserOnShuffledTokens) {
    const std::vector<std::string> tokens = {"{", "}",      "[",    "]",    ",", ":",      "\"a\"",
                                             "1", "-2.5e3", "true", "null", " ", "\"\\n\""};
    SeededRandom random(3);
    int accepted = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        for (std::uint64_t n = random.next() % 8 + 1; n > 0; --n)
            text += tokens[random.next() % tokens.size()];
        ASSERT_EQ(accepts(text), nlohmann::json::accept(text)) << text;
        if (accepts(text)) {
            ++accepted;
            ASSERT_EQ(nlohmann::json::parse(checked(text)), nlohmann::json::parse(text)) << text;
        }
    }
    EXPECT_GT(accepted, 1000);
}

TEST(Reader, NestingEndsAt64) {
    EXPECT_TRUE(accepts(nested(kNestingMax)));
    std::string out;
    const Status status = minify(nested(kNestingMax + 1), out, "text");
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kLimit);
    EXPECT_TRUE(status.error().message().ends_with("nested more than 64 levels deep"));
}

TEST(Reader, LevelsAroundATextCount) {
    const std::string text = nested(kNestingMax - 2);
    Reader fits(text, "text", 2);
    EXPECT_TRUE(fits.skip());
    Reader too_deep(text, "text", 3);
    EXPECT_FALSE(too_deep.skip());
}

TEST(Reader, SaysLineColumnPlaceFoundAndExpected) {
    EXPECT_EQ(checked("{\n  \"a\": [1, 2,\n  x]\n}"),
              "! parse text: /a/2: line 3, column 3: found x, expected a value");
    EXPECT_EQ(checked("{\"a\":1 \"b\":2}"),
              "! parse text: /a: line 1, column 8: found \"b\", expected `,` or `}`");
    EXPECT_EQ(checked("{\"a\""),
              "! parse text: /a: line 1, column 5: found the end of the text, "
              "expected `:` after the field's name");
    EXPECT_EQ(checked("{\"a\":1}}"),
              "! parse text: line 1, column 8: found }, expected the end of the text");
    EXPECT_EQ(checked("[\"a\xff\"]"),
              "! parse text: /0: line 1, column 4: found byte 0xff, which is not "
              "UTF-8, expected UTF-8");
}

TEST(Reader, ANumberThatJsonCannotHoldIsRefusedWithItsPlace) {
    for (const char* const word : {"NaN", "Infinity", "-Infinity", "nan", "inf"}) {
        EXPECT_EQ(checked(std::string("{\"m\":{\"x\":") + word + "}}"),
                  std::string("! parse text: /m/x: line 1, column 11: found ") + word +
                      ", expected a finite number: JSON has no form for it; leave the field out");
    }
    EXPECT_EQ(checked("{\"m\":1e999}"),
              "! check text: /m: found 1e999, expected a number that a double "
              "can hold (at most about 1.8e308)");
}

TEST(Reader, ALongTokenIsCutInMessages) {
    const std::string message = checked("[1," + std::string(500, 'x') + "]");
    EXPECT_LT(message.size(), 160);
}

TEST(Reader, NamesAndStringsAreUnescaped) {
    Reader reader(R"({"k\u0065y":"a\tb"})");
    std::string_view name;
    std::string_view value;
    ASSERT_TRUE(reader.enter_object());
    ASSERT_TRUE(reader.next_field(&name));
    EXPECT_EQ(name, "key");
    EXPECT_EQ(reader.raw_name(), "\"k\\u0065y\"");
    ASSERT_TRUE(reader.string(&value));
    EXPECT_EQ(value, "a\tb");
    EXPECT_FALSE(reader.next_field(&name));
    EXPECT_TRUE(reader.finish());
}

TEST(Reader, EachScalarIsReadAsItsKind) {
    Reader reader(R"([-5, 2.50, true, null, "s"])");
    std::int64_t integer = 0;
    std::string_view text;
    bool flag = false;
    ASSERT_TRUE(reader.enter_array());
    EXPECT_TRUE(reader.next_item() && reader.integer(&integer));
    EXPECT_EQ(integer, -5);
    EXPECT_TRUE(reader.next_item() && reader.number(&text));
    EXPECT_EQ(text, "2.50");
    EXPECT_TRUE(reader.next_item() && reader.boolean(&flag));
    EXPECT_TRUE(flag);
    EXPECT_TRUE(reader.next_item() && reader.null());
    EXPECT_TRUE(reader.next_item());
    EXPECT_EQ(reader.peek(), Kind::kString);
    EXPECT_TRUE(reader.skip());
    EXPECT_FALSE(reader.next_item());
    EXPECT_TRUE(reader.finish());
}

TEST(Reader, EveryKindIsRefusedByTheGettersOfTheOthers) {
    const std::vector<std::string> values = {"null", "true", "1.5", "\"s\"", "[]", "{}"};
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::string_view text;
        std::int64_t integer = 0;
        bool flag = false;
        const auto takes = [&](auto get) {
            Reader reader(values[i]);
            return get(reader);
        };
        EXPECT_EQ(takes([&](Reader& r) { return r.null(); }), i == 0) << values[i];
        EXPECT_EQ(takes([&](Reader& r) { return r.boolean(&flag); }), i == 1) << values[i];
        EXPECT_EQ(takes([&](Reader& r) { return r.number(&text); }), i == 2) << values[i];
        EXPECT_EQ(takes([&](Reader& r) { return r.string(&text); }), i == 3) << values[i];
        EXPECT_EQ(takes([&](Reader& r) { return r.enter_array(); }), i == 4) << values[i];
        EXPECT_EQ(takes([&](Reader& r) { return r.enter_object(); }), i == 5) << values[i];
        EXPECT_FALSE(takes([&](Reader& r) { return r.integer(&integer); })) << values[i];
    }
}

TEST(Reader, NothingHappensAfterTheFirstRefusal) {
    Reader reader("[1, x, 2]");
    ASSERT_TRUE(reader.enter_array());
    ASSERT_TRUE(reader.next_item() && reader.skip());
    ASSERT_TRUE(reader.next_item());
    EXPECT_FALSE(reader.skip());
    const Error first = reader.error();
    EXPECT_FALSE(reader.next_item());
    EXPECT_EQ(reader.peek(), Kind::kError);
    reader.refuse("a", "b");
    EXPECT_FALSE(reader.finish());
    EXPECT_EQ(reader.error(), first);
}

TEST(Reader, OnlyWhatIsPassedWhileCopyingIsCopied) {
    Reader reader(R"({ "a" : [ 1 , 2 ] , "b" : "x" })");
    std::string out;
    std::string_view name;
    ASSERT_TRUE(reader.enter_object() && reader.next_field(&name));
    reader.start_copy(&out);
    reader.skip();
    reader.stop_copy();
    EXPECT_EQ(out, "[1,2]");
    ASSERT_TRUE(reader.next_field(&name) && reader.skip());
    EXPECT_FALSE(reader.next_field(&name));
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(out, "[1,2]");
}

}  // namespace
}  // namespace daybook::json
