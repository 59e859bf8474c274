#include "cli/commands.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/text_width.h"
#include "cli/help.h"

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

TEST(AllCommands, ExplainThemselvesInLinesOfTheHelpsWidth) {
    for (const CommandInfo* info : all_commands()) {
        SCOPED_TRACE(info->name);
        // Examples are indented.
        for (const auto& [text, columns] :
             {std::pair(info->details, kHelpColumns), {info->examples, kHelpColumns - 2}}) {
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t end = std::min(text.find('\n', at), text.size());
                const std::string_view line = text.substr(at, end - at);
                EXPECT_LE(text_width(line), columns) << line;
                at = end + 1;
            }
        }
    }
}

}  // namespace
}  // namespace daybook::cli
