#include "duck/api.h"

#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "duck/library.h"

namespace daybook::duck {
namespace {

class LibraryTest : public testing::Test {
protected:
    LibraryTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
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

TEST_F(LibraryTest, AMissingLibrarySaysWhatWasTried) {
    // In a process of its own, where nothing has loaded the library yet.
    EXPECT_EXIT(
        {
            ::setenv("DAYBOOK_DUCKDB_LIBRARY", "/nowhere/libduckdb.so", 1);
            const auto missing = load_api();
            if (missing.has_value()) std::exit(3);
            const bool is_unsupported = missing.error().code() == ErrorCode::kUnsupported;
            std::fputs(missing.error().message().c_str(), stderr);
            // A caller may mend the path and try again.
            ::unsetenv("DAYBOOK_DUCKDB_LIBRARY");
            std::exit(is_unsupported && load_api().has_value() ? 0 : 4);
        },
        testing::ExitedWithCode(0), "/nowhere/libduckdb.so");
}

TEST_F(LibraryTest, TheVersionIsOnePointFourOrNewer) {
    const auto version = library_version();
    ASSERT_TRUE(version.has_value()) << version.error().message();
    EXPECT_GE(version->substr(0, 4), "v1.4");
}

}  // namespace
}  // namespace daybook::duck
