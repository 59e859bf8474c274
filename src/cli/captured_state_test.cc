#include "cli/captured_state.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(CapturedState, HasWhatTheEnvironmentSays) {
    const CapturedState state = parse_captured_state(
        R"({"host":"h","argv":["a","b c"],"git_dirty":true,"git_commit":"1f5c","git_untracked":["x"],)"
        R"("git_untracked_count":7,"variables":{"TZ":"UTC"},"versions":{"python":"3.11"},)"
        R"("incomplete":["git_diff"],"incomplete_reason":"diff: too large","mine":{"x":[1]}})");
    EXPECT_EQ(state.host, "h");
    EXPECT_EQ(state.argv, (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(state.dirty, true);
    EXPECT_EQ(state.commit, "1f5c");
    EXPECT_EQ(state.untracked, std::vector<std::string>{"x"});
    EXPECT_EQ(state.untracked_count, 7);
    EXPECT_EQ(state.variables.at("TZ"), "UTC");
    EXPECT_EQ(state.versions.at("python"), "3.11");
    EXPECT_EQ(state.incomplete, std::vector<std::string>{"git_diff"});
    EXPECT_EQ(state.incomplete_reason, "diff: too large");
}

TEST(CapturedState, WhatIsAbsentOrOfAnotherTypeIsEmpty) {
    for (const char* json : {"", "{}", "[]", R"({"argv":"x","git_dirty":1,"variables":[]})"}) {
        const CapturedState state = parse_captured_state(json);
        EXPECT_TRUE(state.argv.empty()) << json;
        EXPECT_EQ(state.dirty, std::nullopt) << json;
        EXPECT_TRUE(state.variables.empty()) << json;
        EXPECT_EQ(state.untracked_count, 0) << json;
    }
}

}  // namespace
}  // namespace daybook::cli
