#include "base/version.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace daybook {
namespace {

TEST(Version, IsThreeNumbers) {
    EXPECT_EQ(std::count(version().begin(), version().end(), '.'), 2);
    EXPECT_EQ(version().find_first_not_of("0123456789."), std::string_view::npos);
}

TEST(Version, NamesTheCompilerAndItsNumber) {
    EXPECT_NE(compiler().find("++ "), std::string_view::npos);
    EXPECT_NE(compiler().find_first_of("0123456789"), std::string_view::npos);
}

}  // namespace
}  // namespace daybook
