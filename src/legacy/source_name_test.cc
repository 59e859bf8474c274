#include "legacy/source_name.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

TEST(SourceName, HasOnlyWhatDirectoriesAndIdsCanCarry) {
    for (const std::string& name :
         {std::string("a"), std::string("Opt-2.1_x"), std::string(64, 'n')}) {
        EXPECT_TRUE(check_source_name(name)) << name;
    }
    for (const std::string& name : {std::string(), std::string(65, 'n'), std::string(".."),
                                    std::string(".a"), std::string("--dry-run"), std::string("a/b"),
                                    std::string("a b"), std::string("\x1b[0m"), std::string("ä")}) {
        const Status status = check_source_name(name);
        ASSERT_FALSE(status) << name;
        EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    }
    EXPECT_EQ(
        check_source_name("a b").error().message(),
        "name of the source: found 'a b', expected 1 to 64 letters, digits, '.', '_' and '-', "
        "the first of them no '.' and no '-'");
}

TEST(SourceName, OfAFileIsAlwaysAName) {
    const std::pair<std::string, std::string> cases[] = {
        {"data/optimizer.duckdb", "optimizer"},
        {"runs", "runs"},
        {"/x/my runs (2).db", "my_runs__2_"},
        {".hidden", "_.hidden"},
        {"-x.db", "_-x"},
        {"a/", "_"},
        {"", "_"},
        {"two.dots.duckdb", "two.dots"},
        {std::string(100, 'n') + ".db", std::string(64, 'n')}};
    for (const auto& [path, name] : cases) {
        EXPECT_EQ(default_source_name(path), name);
        EXPECT_TRUE(check_source_name(default_source_name(path))) << path;
    }
}

}  // namespace
}  // namespace daybook::legacy
