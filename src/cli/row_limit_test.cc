#include "cli/row_limit.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(RowLimit, PeopleGetWhatFitsALookAndProgramsAll) {
    Context context;
    for (const auto& [format, most] : {std::pair(Format::kTable, std::optional<std::size_t>(50)),
                                       {Format::kMarkdown, 50},
                                       {Format::kCsv, std::nullopt},
                                       {Format::kJson, std::nullopt},
                                       {Format::kParquet, std::nullopt}}) {
        context.format = format;
        EXPECT_EQ(RowLimit{}.most(context), most);
        EXPECT_EQ(RowLimit{.asked = 7}.most(context), 7U);
        EXPECT_EQ(RowLimit{.asked = 0}.most(context), std::nullopt);
    }
}

}  // namespace
}  // namespace daybook::cli
