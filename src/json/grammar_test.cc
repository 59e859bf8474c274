#include "json/grammar.h"

#include <string>

#include <gtest/gtest.h>

#include "json/reader.h"

namespace daybook::json {
namespace {

bool reads(std::string_view text) {
    Reader reader(text);
    return reader.skip() && reader.finish();
}

// Whatever one byte is taken away, doubled or changed, both say the same of what is left.
TEST(GrammarTest, IsThatOfTheStrictReader) {
    const std::string whole =
        R"( {"a" : [1, -0.5e+3, 20E-1, true, false, null, "x\n\"\u00e9", [ ]],"b":{},"c":{"d":[{}]}} )";
    ASSERT_TRUE(has_json_grammar(whole));
    int accepted = 0;
    int refused = 0;
    const auto compare = [&](const std::string& text) {
        const bool expected = reads(text);
        EXPECT_EQ(has_json_grammar(text), expected) << text;
        ++(expected ? accepted : refused);
    };
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string text = whole;
        text.erase(at, 1);
        compare(text);
        text = whole;
        text.insert(at, 1, whole[at]);
        compare(text);
        compare(whole.substr(0, at));
        for (const char byte : std::string_view("{}[],:\"\\ 01-+.eEtnua\t\n\x01")) {
            text = whole;
            text[at] = byte;
            compare(text);
        }
    }
    EXPECT_GT(accepted, 100);
    EXPECT_GT(refused, 1000);
}

TEST(GrammarTest, TakesWhatOtherToolsWrite) {
    for (const char* text : {R"({"a":NaN,"b":[Infinity,-Infinity]})", R"({"a":"\ud800"})",
                             R"({"a":1e999,"b":-12345678901234567890123})", "\"\xff\""}) {
        EXPECT_TRUE(has_json_grammar(text)) << text;
    }
    EXPECT_TRUE(has_json_grammar(std::string(1000, '[') + std::string(1000, ']')));
    for (const char* text : {"", " ", "nan", "NaNa", "+1", "-NaN", "{\"a\":1}{\"a\":1}", "{,}",
                             "[1,]", "{\"a\":1,}", "{\"a\"}", "[}", "\"\\u12g4\"", "\"\\x\""}) {
        EXPECT_FALSE(has_json_grammar(text)) << text;
    }
}

}  // namespace
}  // namespace daybook::json
