#include "legacy/cache_recipe.h"

#include <fstream>

#include <gtest/gtest.h>

#include "duck/test_support.h"
#include "ledger/type_registry.h"
#include "support/temp_dir.h"

namespace daybook::legacy {
namespace {

using duck::must;

class CacheRecipeTest : public ::testing::Test {
protected:
    CacheRecipe recipe() { return must(read_recipe(dir_, source_)); }

    testing::TempDir temp_;
    const ledger::LedgerDir dir_{temp_ / "ledger"};
    Source source_{.name = "lab", .path = temp_ / "lab.duckdb"};
};

TEST_F(CacheRecipeTest, TellsOneMappingFromAnother) {
    const CacheRecipe built_in = recipe();
    EXPECT_EQ(built_in.mapping_name, "seed");
    source_.mapping = "seed";
    EXPECT_EQ(recipe().text, built_in.text);
    source_.mapping = temp_ / "my.toml";
    EXPECT_EQ(read_recipe(dir_, source_).error().code(), ErrorCode::kNotFound);
    std::ofstream(source_.mapping) << built_in.mapping << "# mine";
    EXPECT_NE(recipe().text, built_in.text);
    EXPECT_EQ(recipe().mapping_name, source_.mapping);
}

TEST_F(CacheRecipeTest, TypesOfTheLedgersOwnArePartOfIt) {
    const std::string without = recipe().text;
    must(ledger::create_registry(dir_));
    EXPECT_EQ(recipe().text, without) << "the built-in ones alone are none of its own";
    must(ledger::register_type(dir_, R"({"$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "desk.fill", "title": "desk.fill", "x-version": 1, "type": "object",
        "properties": {"price": {"type": "number"}}, "required": ["price"]})"));
    EXPECT_NE(recipe().text, without);
    EXPECT_FALSE(recipe().types.empty());
}

TEST_F(CacheRecipeTest, IsOfTheFileAsItIs) {
    EXPECT_EQ(recipe().file.error().code(), ErrorCode::kNotFound);
    std::ofstream(source_.path) << "content";
    const CacheRecipe now = recipe();
    EXPECT_EQ(now.file->bytes, 7U);
    EXPECT_TRUE(now.is_what({.version = now.file->version, .recipe = now.text}));
    EXPECT_FALSE(now.is_what({.version = now.file->version, .recipe = now.text + "x"}));
    EXPECT_FALSE(now.is_what({.version = "another", .recipe = now.text}));
    EXPECT_NE(now.reader(), now.text);
}

}  // namespace
}  // namespace daybook::legacy
