#include "schema/schema_nodes.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

using Places = std::vector<std::string>;

// The places of all schemas, or why there are none.
Places places(const std::string& text) {
    nlohmann::json root = nlohmann::json::parse(text);
    const auto nodes = schema_nodes(root);
    if (!nodes) return {nodes.error().message()};
    Places found;
    for (const SchemaNode& node : *nodes) found.push_back(node.at);
    return found;
}

bool is_refused(const std::string& text, const std::string& why) {
    const Places found = places(text);
    return found.size() == 1 && found[0].find(why) != std::string::npos;
}

TEST(SchemaNodes, AllThatCheckingCanComeToIsThere) {
    EXPECT_EQ(places(R"({"properties":{"a/b":{},"c":true},"items":[{},{}],"not":{"contains":{}}})"),
              (Places{"", "/items/0", "/items/1", "/not", "/not/contains", "/properties/a~1b"}));
    EXPECT_EQ(places(R"({"dependencies":{"a":["b"],"c":{}},"items":{},"default":{"items":{}}})"),
              (Places{"", "/dependencies/c", "/items"}));
    // Also what only a reference leads to.
    EXPECT_EQ(places(R"({"items":{"$ref":"#/mine/0"},"mine":[{"not":{}}]})"),
              (Places{"", "/items", "/mine/0", "/mine/0/not"}));
}

TEST(SchemaNodes, PropertiesMayBeCalledLikeKeywords) {
    EXPECT_EQ(places(R"({"properties":{"default":{"not":{}},"enum":{}}})"),
              (Places{"", "/properties/default", "/properties/default/not", "/properties/enum"}));
}

TEST(SchemaNodes, ReferencesLeadToAPlaceWithin) {
    EXPECT_EQ(places(R"({"items":{"$ref":"#/d/a~1b%20c"},"d":{"a/b c":{}}})").size(), 3U);
    for (const char* const reference :
         {"7", "null", "\"\"", "\"x.json\"", "\"http://example.org/x.json\"", "\"#x\"",
          "\"#/nowhere\"", "\"#/items/\"", "\"#/d/2\"", "\"#/d/00\"", "\"#/d/0x\"", "\"#/~\"",
          "\"#/%7e\"", "\"#/%4\"", "\"#/title\"", "\"#/yes\""}) {
        EXPECT_TRUE(is_refused(
            fmt::format(R"({{"items":{{"$ref":{}}},"d":[{{}},{{}}],"title":"a","yes":true}})",
                        reference),
            "/items/$ref: found "))
            << reference;
    }
}

TEST(SchemaNodes, ASchemaThatLooksDeeperMayReferToItself) {
    EXPECT_EQ(places(R"({"properties":{"next":{"$ref":"#"}}})").size(), 2U);
    EXPECT_EQ(places(R"({"allOf":[{"$ref":"#/d/a"},{"$ref":"#/d/a"}],"d":{"a":{}}})").size(), 4U);
}

TEST(SchemaNodes, OneThatDoesNotIsRefused) {
    for (const char* const text :
         {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"anyOf":[{"$ref":"#"}]})",
          R"({"oneOf":[{"not":{"$ref":"#"}}]})", R"({"if":{"then":{"$ref":"#/if"}}})",
          R"({"else":{"dependencies":{"a":{"$ref":"#"}}}})",
          R"({"items":{"$ref":"#/d/a"},"d":{"a":{"$ref":"#/d/b"},"b":{"$ref":"#/d/a"}}})"}) {
        EXPECT_TRUE(is_refused(text, "it refers back to itself")) << text;
    }
}

TEST(SchemaNodes, LongChainsAreRefused) {
    std::string steps = R"("s0":{})";
    for (int i = 1; i <= 300; ++i) steps += fmt::format(R"(,"s{}":{{"$ref":"#/d/s{}"}})", i, i - 1);
    const auto from = [&](int step) {
        return fmt::format(R"({{"items":{{"$ref":"#/d/s{}"}},"d":{{{}}}}})", step, steps);
    };
    EXPECT_EQ(places(from(60)).size(), 63U);
    EXPECT_TRUE(is_refused(from(70), "more than 64 schemas apply to one value"));
    EXPECT_TRUE(is_refused(from(300), "schemas lead to more than 256 others"));
}

// The end of the chain is come to first.
TEST(SchemaNodes, LongChainsAreRefusedInWhicheverOrder) {
    const auto chain = [](int length, const std::string& step) {
        std::string steps = R"("s0000":{})";
        for (int i = 1; i <= length; ++i) {
            steps += fmt::format(fmt::runtime(R"(,"s{:04}":{{)" + step + "}}"), i, i - 1);
        }
        return fmt::format(R"({{"definitions":{{{}}},"items":{{"$ref":"#/definitions/s{:04}"}}}})",
                           steps, length);
    };
    const std::string here = R"("allOf":[{{"$ref":"#/definitions/s{:04}"}}])";
    const std::string deeper = R"("items":{{"$ref":"#/definitions/s{:04}"}})";
    EXPECT_GT(places(chain(20, here)).size(), 20U);
    EXPECT_TRUE(is_refused(chain(100, here), "more than 64 schemas apply to one value"));
    EXPECT_GT(places(chain(100, deeper)).size(), 100U);
    EXPECT_TRUE(is_refused(chain(5'000, deeper), "schemas lead to more than 256 others"));
}

TEST(SchemaNodes, TooManySchemasAreRefused) {
    std::string properties = R"("p":{})";
    for (int i = 0; i < 10'000; ++i) properties += fmt::format(R"(,"p{}":{{}})", i);
    EXPECT_TRUE(is_refused(R"({"properties":{)" + properties + "}}", "more than 10000 schemas"));
}

}  // namespace
}  // namespace daybook::schema
