#include "legacy/json_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

struct Rewritten {
    std::string text;
    std::vector<std::pair<std::string, std::string_view>> entries;
};

Rewritten rewrite(std::string_view text, NonFinite::Form form = NonFinite::Form::kListed) {
    NonFinite nonfinite(form);
    json::Path path;
    path.enter();
    path.set("metrics");
    std::string out = "before ";
    if (!append_json(text, path, nonfinite, out)) {
        EXPECT_EQ(out, "before ") << "a refusal leaves nothing";
        EXPECT_TRUE(nonfinite.entries().empty());
        return {"no json", {}};
    }
    return {out.substr(7), nonfinite.entries()};
}

TEST(JsonText, StaysAsItIsWithoutWhiteSpace) {
    EXPECT_EQ(rewrite(" { \"a\" : [ 1.50 , \"NaN\" ] } ").text, "{\"a\":[1.50,\"NaN\"]}");
}

TEST(JsonText, NumbersThatJsonLacksBecomeNullAndAreNamed) {
    const Rewritten found =
        rewrite("{\"a\": NaN, \"s/l~a\": [1, -Infinity, {\"NaN\": inf}], \"q\\\"\": -inf}");
    EXPECT_EQ(found.text, "{\"a\":null,\"s/l~a\":[1,null,{\"NaN\":null}],\"q\\\"\":null}");
    using Entries = decltype(found.entries);
    EXPECT_EQ(found.entries, (Entries{{"/metrics/a", "NaN"},
                                      {"/metrics/s~1l~0a/1", "-Infinity"},
                                      {"/metrics/s~1l~0a/2/NaN", "Infinity"},
                                      {"/metrics/q\"", "-Infinity"}}));
    EXPECT_EQ(rewrite("[NaN]", NonFinite::Form::kText).text, "[\"NaN\"]");
}

TEST(JsonText, WhatIsNoJsonIsRefused) {
    for (const char* text : {"", "NaNa", "{\"a\":", "{a: NaN}", "\"open", "nanny", "[1,]", "\\"}) {
        EXPECT_EQ(rewrite(text).text, "no json") << text;
    }
}

TEST(JsonText, StringsAreEscaped) {
    std::string out;
    append_json_string("a\"\\\n\x01ä", out);
    EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001ä\"");
}

}  // namespace
}  // namespace daybook::legacy
