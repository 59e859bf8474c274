#include "duck/api.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "duck/library.h"

namespace daybook::duck {
namespace {

class LibraryTest : public testing::Test {
protected:
    ~LibraryTest() override { ::unsetenv("DAYBOOK_DUCKDB_LIBRARY"); }
};

TEST_F(LibraryTest, ANamedLibraryIsTheOnlyOneTried) {
    ::setenv("DAYBOOK_DUCKDB_LIBRARY", "/nowhere/libduckdb.so", 1);
    EXPECT_EQ(library_candidates(), std::vector<std::string>{"/nowhere/libduckdb.so"});
}

TEST_F(LibraryTest, WithoutANameThreePlacesAreTried) {
    const auto candidates = library_candidates();
    ASSERT_EQ(candidates.size(), 3U);
    EXPECT_TRUE(candidates[0].ends_with("/libduckdb.so")) << candidates[0];
    EXPECT_TRUE(candidates[1].ends_with("/../lib/daybook/libduckdb.so")) << candidates[1];
}

// The tests run one to a process, so that nothing has loaded the library before this one.
TEST_F(LibraryTest, AMissingLibrarySaysWhatWasTriedAndCanBeMended) {
    ::setenv("DAYBOOK_DUCKDB_LIBRARY", "/nowhere/libduckdb.so", 1);
    const auto missing = load_api();
    if (missing.has_value()) GTEST_SKIP() << "the library was loaded before this test";
    EXPECT_EQ(missing.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(missing.error().message().find("/nowhere/libduckdb.so"), std::string::npos);

    ::unsetenv("DAYBOOK_DUCKDB_LIBRARY");
    EXPECT_TRUE(load_api().has_value());
}

TEST_F(LibraryTest, TheVersionIsOnePointFourOrNewer) {
    const auto version = library_version();
    ASSERT_TRUE(version.has_value()) << version.error().message();
    EXPECT_GE(version->substr(0, 4), "v1.4");
}

}  // namespace
}  // namespace daybook::duck
