#include "cli/backtest_command.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

constexpr const char* kPolicy = R"({"kind":"fixed_stop","stopPct":0.05})";

TEST(ReadPolicy, JsonIsReadAsItIs) {
    EXPECT_EQ(backtest::policy_id(read_policy(kPolicy).value()), "fixed_stop_0.05_none");
}

TEST(ReadPolicy, AnythingElseIsTheNameOfAFile) {
    const testing::TempDir dir;
    const std::string path = dir / "policy.json";
    ASSERT_TRUE(os::write_file_atomic(path, kPolicy));
    EXPECT_EQ(backtest::policy_id(read_policy(path).value()), "fixed_stop_0.05_none");
}

TEST(ReadPolicy, WhatIsWrongNamesTheFlagAndTheFile) {
    const testing::TempDir dir;
    const std::string path = dir / "policy.json";
    ASSERT_TRUE(os::write_file_atomic(path, R"({"kind":"fixed_stop","stopPct":2})"));
    const auto refused = read_policy(path);
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().message().starts_with("--policy " + path + ": "))
        << refused.error().message();
    EXPECT_NE(read_policy("").error().message().find("it is empty"), std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
