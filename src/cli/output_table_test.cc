#include "cli/output_table.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

// What the tables look like is tested through make_row_writer() in output_test.cc; here is what
// they do before the last row.
TEST(TableRows, WriteNothingBeforeTheyAreFinished) {
    StandardOutput out(-1);  // writing to it would fail
    const auto table = make_table_rows({{"a"}}, {}, out);
    table->row({"x"});
    const auto markdown = make_markdown_rows({{"a"}}, out);
    markdown->row({"x"});
    out.flush();
    EXPECT_FALSE(out.failed());
    table->finish();
    out.flush();
    EXPECT_TRUE(out.failed());
}

}  // namespace
}  // namespace daybook::cli
