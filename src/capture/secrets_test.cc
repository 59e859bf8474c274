#include "capture/secrets.h"

#include <cctype>

#include <gtest/gtest.h>

#include "base/random.h"

namespace daybook::capture {
namespace {

using Strings = std::vector<std::string>;

Strings masked(const std::vector<std::string_view>& arguments) { return mask_arguments(arguments); }
std::string one(std::string_view word) { return masked({word}).at(0); }

TEST(SecretName, EveryPartCountsInAnyCaseAndAnyPlace) {
    for (const std::string part : {"key", "token", "secret", "password", "passwd", "passphrase",
                                   "credential", "auth", "jwt"}) {
        std::string upper = part;
        std::string title = part;
        for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        title[0] = upper[0];
        for (const std::string& spelt : {part, upper, title}) {
            for (const std::string& name :
                 {spelt, "MY_" + spelt, spelt + "S", "--" + spelt, "my" + spelt + "file",
                  "a.b." + spelt, "x-" + spelt + "-y"}) {
                EXPECT_TRUE(is_secret_name(name)) << name;
            }
        }
    }
}

TEST(SecretName, SomeCountAsWholeWordsOnly) {
    for (const char* name :
         {"pass", "DB_PASS", "--pwd", "MYSQL_PWD", "cookie", "Set-Cookie", "bearer", "pass.word"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const char* name :
         {"passes", "compass", "bypass", "cookies_path", "OLDPWD", "forbearer"}) {
        EXPECT_FALSE(is_secret_name(name)) << name;
    }
}

TEST(SecretName, WordsThatOnlySoundLikeItAreLookedOver) {
    for (const char* name :
         {"keyboard", "XKB_KEYBOARD", "keywords", "keyframe", "monkey", "Turkey", "tokenizer",
          "TOKENIZERS_PARALLELISM", "tokenized", "author", "GIT_AUTHOR_NAME", "--authors", "config",
          "PYTHONHASHSEED", "stop", ""}) {
        EXPECT_FALSE(is_secret_name(name)) << name;
    }
    for (const char* name : {"keyboard_key", "authorization", "authorisation", "author_token",
                             "monkey_password", "max_tokens"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
}

TEST(MaskArguments, AFlagsValueIsMaskedInTheSameWordAndInTheNext) {
    EXPECT_EQ(masked({"p", "--api-key=abc", "--token", "abc", "-x-key", "abc", "--stop", "0.05"}),
              (Strings{"p", "--api-key=***", "--token", "***", "-x-key", "***", "--stop", "0.05"}));
    EXPECT_EQ(masked({"--password", "-starts-with-a-dash", "x"}),
              (Strings{"--password", "***", "x"}));
    EXPECT_EQ(masked({"--password"}), (Strings{"--password"}));
}

TEST(MaskArguments, AFlagWithoutAValueTakesNoOtherFlagForOne) {
    EXPECT_EQ(masked({"--auth", "--stop=0.05", "--no-auth", "data.csv"}),
              (Strings{"--auth", "--stop=0.05", "--no-auth", "data.csv"}));
    EXPECT_EQ(masked({"--auth", "--token=abc"}), (Strings{"--auth", "--token=***"}));
}

TEST(MaskArguments, AfterASecretFlagOnlyAnotherFlagIsNoValue) {
    EXPECT_EQ(masked({"--private-key", "-----BEGIN PRIVATE KEY-----\nabc\n"})[1], "***");
    EXPECT_EQ(masked({"--token", "--Zk3/x=="})[1], "***");
    EXPECT_EQ(masked({"--token", "--two words"})[1], "***");
    EXPECT_EQ(masked({"--auth", "--", "data.csv"}), (Strings{"--auth", "--", "data.csv"}));
    EXPECT_EQ(masked({"--token=", "abc", "x"}), (Strings{"--token=***", "***", "x"}));
}

TEST(MaskArguments, AssignmentsAreMaskedByTheirNames) {
    EXPECT_EQ(one("API_TOKEN=abc"), "API_TOKEN=***");
    EXPECT_EQ(one("db.password=a=b"), "db.password=***");
    EXPECT_EQ(one("+model.api_key=abc"), "+model.api_key=***");
    EXPECT_EQ(one("--env=API_KEY=abc"), "--env=API_KEY=***");
    EXPECT_EQ(one("API_KEY="), "API_KEY=***");
    EXPECT_EQ(one("stop=0.05"), "stop=0.05");
    EXPECT_EQ(one("--config=a/b.json"), "--config=a/b.json");
}

TEST(MaskArguments, ShortFlagsAreNotTakenForPasswords) {
    EXPECT_EQ(masked({"-p8080", "-p", "8080", "-k", "x"}),
              (Strings{"-p8080", "-p", "8080", "-k", "x"}));
}

TEST(MaskArguments, WordsWithinAScriptAreMaskedLikeOthers) {
    EXPECT_EQ(masked({"sh", "-c", "cd x; A_KEY=abc python t.py --token abc --stop 0.05"})[2],
              "cd x; A_KEY=*** python t.py --token *** --stop 0.05");
    EXPECT_EQ(one("run A_KEY='two words' next"), "run A_KEY=*** next");
    // This may be a secret of two words as well as an assignment before a command.
    EXPECT_EQ(one("A_KEY=two words"), "A_KEY=***");
    EXPECT_EQ(one("run 'A_KEY=abc' \"--token abc\""), "run 'A_KEY=***' \"--token ***\"");
    EXPECT_EQ(one("--token 'two words' next"), "--token *** next");
    EXPECT_EQ(one("run --token= abc next"), "run --token=*** *** next");
    EXPECT_EQ(one("curl -H 'Authorization: Bearer abc' http://h"),
              "curl -H 'Authorization: ***' http://h");
    EXPECT_EQ(masked({"-H", "X-Api-Key: abc def"})[1], "X-Api-Key: ***");
}

TEST(MaskArguments, QuotesThatDoNotMatchEndNothingAndLoopNowhere) {
    for (const char* word : {"'", "\"", "''", "'a'b'c'", "'a' 'b'", "a\"b c\"d", "\"'\"'", "a='b c",
                             "\\\"", "' '", "x=' '=y", "--a 'b"}) {
        EXPECT_FALSE(one(word).empty()) << word;
    }
    EXPECT_EQ(one("'a'b'c'"), "'a'b'c'");
    EXPECT_EQ(one("a\"b c\"d"), "a\"b c\"d");
    EXPECT_EQ(one(""), "");
    EXPECT_EQ(one("  two  blanks  "), "  two  blanks  ");
}

TEST(MaskArguments, NoTextIsTooOddToEnd) {
    constexpr std::string_view kAlphabet = "'\"= a-{:}&?@/\\key";
    SeededRandom random(1);
    for (int i = 0; i < 50'000; ++i) {
        std::string word = "--token=hunter2 ";
        for (std::uint64_t left = random.next() % 14; left > 0; --left) {
            word += kAlphabet[random.next() % kAlphabet.size()];
        }
        EXPECT_EQ(one(word).find("hunter2"), std::string::npos) << word;
    }
}

TEST(MaskText, MembersOfJsonAreMaskedByTheirNames) {
    EXPECT_EQ(mask_text(R"({"api_key":"abc","stop":0.05})"), R"({"api_key":"***","stop":0.05})");
    EXPECT_EQ(mask_text(R"({ "token" : "a\"b", "x": 1 })"), R"({ "token" : "***", "x": 1 })");
    EXPECT_EQ(mask_text(R"({"pass":12345,"n":null})"), R"({"pass":"***","n":null})");
    EXPECT_EQ(mask_text(R"({"auth":{"password":"x","user":"u"},"a":1})"),
              R"({"auth":"***","a":1})");
    EXPECT_EQ(mask_text("{'token': 'abc'}"), "{'token': '***'}");
    EXPECT_EQ(mask_text(R"({"author":"me"})"), R"({"author":"me"})");
    EXPECT_EQ(mask_text(R"({"token":"cut)"), R"({"token":"***)");
    EXPECT_EQ(mask_text(R"({"token":)"), R"({"token":)");
    EXPECT_EQ(masked({"--config", R"({"api_key": "abc", "stop": 0.05})"})[1],
              R"({"api_key": "***", "stop": 0.05})");
    EXPECT_EQ(masked({R"(--config={"api_key": "abc"})"})[0], R"(--config={"api_key": "***"})");
}

TEST(MaskText, OtherTextStaysByteForByte) {
    for (const char* text : {"", "a: b", "stop=0.05", "C:\\data\\x", "user@host", "a\xFF b",
                             "{\"a\": [1, 2]}", "10:30", "key"}) {
        EXPECT_EQ(mask_text(text), text);
    }
}

}  // namespace
}  // namespace daybook::capture
