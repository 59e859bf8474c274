#include "schema/reference_json.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::schema {
namespace {

TEST(Reference, TokensAreDecoded) {
    EXPECT_EQ(decoded_token("a~1b~0c"), "a/b~c");
    EXPECT_EQ(decoded_token("%C3%A9%20"), "\xc3\xa9 ");
    for (const char* const text : {"~", "~2", "%", "%4", "%4x", "%7E", "%2f", "%25"}) {
        EXPECT_EQ(decoded_token(text), std::nullopt) << text;
    }
}

TEST(Reference, LeadsToAPlaceWithinOrNowhere) {
    const Tree root = Tree::parse(R"({"a":{"b c":[1,{"d":2}]},"01":3})");
    const auto found = [&](std::string_view reference) {
        const Tree* const place = resolve_reference(root, reference);
        return place == nullptr ? std::string("nowhere") : place->dump();
    };
    EXPECT_EQ(found("#"), root.dump());
    EXPECT_EQ(found("#/a/b%20c/1/d"), "2");
    EXPECT_EQ(found("#/01"), "3");
    for (const char* const reference : {"", "a", "#a", "#/", "#/a/", "#/a/x", "#/a/b%20c/2",
                                        "#/a/b%20c/01", "#/a/b%20c/-1", "#/01/x"}) {
        EXPECT_EQ(found(reference), "nowhere") << reference;
    }
}

}  // namespace
}  // namespace daybook::schema
