#include "os/environment.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

TEST(EnvironmentVariable, IsEmptyWhereItIsNotSet) {
    ASSERT_EQ(::setenv("DAYBOOK_TEST_VARIABLE", "a=b", 1), 0);
    EXPECT_EQ(environment_variable("DAYBOOK_TEST_VARIABLE"), "a=b");
    ::unsetenv("DAYBOOK_TEST_VARIABLE");
    EXPECT_EQ(environment_variable("DAYBOOK_TEST_VARIABLE"), "");
}

}  // namespace
}  // namespace daybook::os
