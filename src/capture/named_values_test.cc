#include "capture/named_values.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/random.h"
#include "capture/secrets.h"

namespace daybook::capture {
namespace {

using Cases = std::vector<std::pair<std::string, std::string>>;

// As text, and as a word of a command line.
void expect_masked(const Cases& cases) {
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(mask_named_values(text), expected);
        EXPECT_EQ(mask_named_values(expected), expected);
        const std::string_view word = text;
        EXPECT_EQ(mask_arguments({&word, 1}).at(0), expected);
    }
}

TEST(NamedValues, ConnectionStrings) {
    expect_masked({
        {"Driver={x};Server=h;UID=u;PWD=abc", "Driver={x};Server=h;UID=u;PWD=***"},
        {"Server=h;Password=abc;Database=d", "Server=h;Password=***;Database=d"},
        {"Server=h;Password=a,b&c;Database=d", "Server=h;Password=***;Database=d"},
        {"Server=h;Password=two words;Database=d", "Server=h;Password=***;Database=d"},
        {"Server=h;Pwd={a;b}c;Database=d", "Server=h;Pwd=***;Database=d"},
        {"Server=h;Pwd=a)b}c;Database=d", "Server=h;Pwd=***;Database=d"},
        {"--conn=Server=x;Pwd=leak7;", "--conn=Server=x;Pwd=***;"},
        {"--dsn=Server=h;Pwd='a b';X=1", "--dsn=Server=h;Pwd='***';X=1"},
    });
}

TEST(NamedValues, ListsOfAssignments) {
    expect_masked({
        {"--set=db.user=me,db.password=abc", "--set=db.user=me,db.password=***"},
        {"user=me,password=a,b,host=h", "user=me,password=***,host=h"},
        {"A=1,TOKEN=abc", "A=1,TOKEN=***"},
        {"db={user:me,password:abc}", "db={user:me,password:***}"},
        {"db={password:a,b,user:me}", "db={password:***,user:me}"},
        {"db={password: two words, user: me}", "db={password: ***, user: me}"},
        {"{token:abc}", "{token:***}"},
        {"{token:{a:b},x:1}", "{token:***,x:1}"},
    });
}

TEST(NamedValues, Headers) {
    expect_masked({
        {"X-Api-Key:abc", "X-Api-Key:***"},
        {"Authorization:Bearer abc", "Authorization:***"},
        {"Authorization: Digest user=\"a\", realm=\"b\"", "Authorization: ***"},
        {"--header=Authorization:abc", "--header=Authorization:***"},
        {"Authorization: \"abc\" def", "Authorization: ***"},
        {"curl -H 'Authorization:Bearer abc' http://h", "curl -H 'Authorization:***' http://h"},
        {"A: b\nX-Api-Key: c d\nE: f", "A: b\nX-Api-Key: ***\nE: f"},
    });
}

TEST(NamedValues, JsonHoweverItIsQuoted) {
    expect_masked({
        {R"(curl -d "{\"token\":\"abc\",\"n\":1}")", R"(curl -d "{\"token\":\"***\",\"n\":1}")"},
        {R"("{\"token\":\"a\\\"b\"}")", R"("{\"token\":\"***\"}")"},
        {R"("{\"pass\":12}")", R"("{\"pass\":\"***\"}")"},
        {R"({"config":{"key":["abc","d"]},"n":1})", R"({"config":{"key":"***"},"n":1})"},
        {R"({"auth":{"user":"abc"}})", R"({"auth":"***"})"},
        {R"({"secret":["s20"]})", R"({"secret":"***"})"},
        {R"({"secret":["a]b", {"c":"}"}], "n":1})", R"({"secret":"***", "n":1})"},
        {"{\"key\": [\n  \"abc\"\n]}", "{\"key\": \"***\"}"},
        {R"({"the secret thing": "abc"})", R"({"the secret thing": "***"})"},
        {R"({"token":"C:\\","n":1})", R"({"token":"***","n":1})"},
        {R"(["train","--token","abc","x"])", R"(["train","--token","***","x"])"},
        {R"("\"token\":\"cut")", R"("\"token\":\"***")"},
    });
}

TEST(NamedValues, Code) {
    expect_masked({
        {"connect(password='leak1')", "connect(password='***')"},
        {"connect(password=leak1, port=2)", "connect(password=***, port=2)"},
        {"config.set(\"api_key\",\"leak15\")", "config.set(\"api_key\",\"***\")"},
        {"os.environ['TOKEN']='leak16'", "os.environ['TOKEN']='***'"},
        {"os.environ['TOKEN'] = 'leak16'; run()", "os.environ['TOKEN'] = '***'; run()"},
        {"x;TOKEN=abc", "x;TOKEN=***"},
        {"a&&TOKEN=abc", "a&&TOKEN=***"},
        {"x;TOKENS=1&&x", "x;TOKENS=***&&x"},
        {"(TOKEN=abc)", "(TOKEN=***)"},
        {"x --y; TOKEN=$(cat a b) run", "x --y; TOKEN=*** run"},
        {"a 'TOKEN' => 'abc', b", "a 'TOKEN' => '***', b"},
        {"assert token == 'abc'", "assert token == '***'"},
    });
}

TEST(NamedValues, WhatOnlyLooksLikeItStays) {
    for (const std::string text :
         {"tests/test_auth.py::test_login", "/keys:/etc/keys", "std::token::x", "{\"a\":[1,{}]}",
          "[\"key\",\"date\"]", "it's", "token", "(token)", "\"token\"",
          "token=", "{\"token\":", "a:b:c", "author=me", "x[key]", "sort by key, then date"}) {
        EXPECT_EQ(mask_named_values(text), text);
    }
}

TEST(NamedValues, WhateverFollowsASecretDoesNotUncoverIt) {
    constexpr std::string_view kAlphabet = "'\"= a-{:}[](),;&\\key";
    SeededRandom random(2);
    for (int i = 0; i < 10'000; ++i) {
        std::string tail;
        for (std::uint64_t left = random.next() % 14; left > 0; --left) {
            tail += kAlphabet[random.next() % kAlphabet.size()];
        }
        for (const char* text :
             {R"({"token":"hunter2"} )", "x;token=hunter2", "(token='hunter2')",
              R"(\"token\":\"hunter2\")", "{token:hunter2", "a token: hunter2"}) {
            EXPECT_EQ(mask_named_values(text + tail).find("hunter2"), std::string::npos)
                << text << tail;
        }
    }
}

TEST(NamedValues, LongTextTakesTimeInProportion) {
    for (const std::string part : {"(", "([{", "'\"", "\\'", "key=(", "{\"key\":", "a=", "key'"}) {
        std::string text;
        while (text.size() < (std::size_t{1} << 20)) text += part;
        const std::string_view word = text;
        EXPECT_FALSE(mask_arguments({&word, 1}).at(0).empty()) << part;
    }
}

}  // namespace
}  // namespace daybook::capture
