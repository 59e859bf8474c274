#include "json/nonfinite.h"

#include <limits>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

struct Rewritten {
    std::string text;
    std::vector<std::pair<std::string, std::string_view>> entries;
};

Rewritten rewrite(std::string_view text, NonFinite::Form form = NonFinite::Form::kListed) {
    NonFinite nonfinite(form);
    Path path;
    path.enter();
    path.set("metrics");
    std::string out = "before ";
    if (!append_lenient(text, path, nonfinite, out)) {
        EXPECT_EQ(out, "before ") << "a refusal leaves nothing";
        EXPECT_TRUE(nonfinite.entries().empty());
        return {"no json", {}};
    }
    return {out.substr(7), nonfinite.entries()};
}

TEST(NonFiniteText, StaysAsItIsWithoutWhiteSpace) {
    EXPECT_EQ(rewrite(" { \"a\" : [ 1.50 , \"NaN\" ] } ").text, "{\"a\":[1.50,\"NaN\"]}");
}

TEST(NonFiniteText, NumbersThatJsonLacksBecomeNullAndAreNamed) {
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

TEST(NonFiniteText, WhatIsNoJsonIsRefused) {
    for (const char* text : {"", "NaNa", "{\"a\":", "{a: NaN}", "\"open", "nanny", "[1,]", "\\"}) {
        EXPECT_EQ(rewrite(text).text, "no json") << text;
    }
}

TEST(NonFiniteText, StringsAreEscaped) {
    std::string out;
    append_string("a\"\\\n\x01ä", out);
    EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001ä\"");
}

// As Python's json writes them, and as the clients do it.
TEST(NonFiniteText, AnEventKeepsWhatItsNumbersWere) {
    EXPECT_EQ(
        event_without_nonfinite(R"({"a": NaN, "m": {"s/t": -Infinity}, "t": "NaN"})",
                                "trial.recorded"),
        R"({"a":null,"m":{"s/t":null},"t":"NaN","nonfinite":{"/a":"NaN","/m/s~1t":"-Infinity"}})");
    EXPECT_EQ(event_without_nonfinite(R"({"summary": {"x": Infinity}})", "run.completed"),
              R"({"summary":{"x":"Infinity"}})");
    EXPECT_EQ(event_without_nonfinite(R"({"x": NaN, "nonfinite": {"/y": "NaN"}, "y": null})",
                                      "trial.recorded"),
              R"({"x":"NaN","nonfinite":{"/y":"NaN"},"y":null})");
    for (const char* text : {R"({"a": 1})", R"({"a": "NaN"})", R"({"a": NaN)", R"({"a": nan})",
                             R"({NaN: 1})", "[NaN]", "NaN"}) {
        EXPECT_EQ(event_without_nonfinite(text, "trial.recorded"), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace daybook::json
