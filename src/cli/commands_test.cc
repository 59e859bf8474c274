#include "cli/commands.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(AllCommands, HaveNamesOfTheirOwnAndMembersComeAfterTheirGroup) {
    std::set<std::string_view> seen;
    for (const CommandInfo* info : all_commands()) {
        SCOPED_TRACE(info->name);
        EXPECT_TRUE(seen.insert(info->name).second);
        const std::size_t blank = info->name.find(' ');
        if (blank == std::string_view::npos) continue;
        EXPECT_TRUE(seen.contains(info->name.substr(0, blank)));
    }
}

TEST(AllCommands, ExplainThemselvesWithASummaryAndExamplesOfTheirOwn) {
    for (const CommandInfo* info : all_commands()) {
        SCOPED_TRACE(info->name);
        EXPECT_FALSE(info->summary.empty());
        EXPECT_FALSE(info->summary.ends_with('.'));
        EXPECT_NE(info->examples.find("daybook " + std::string(info->name)), std::string::npos);
    }
}

}  // namespace
}  // namespace daybook::cli
