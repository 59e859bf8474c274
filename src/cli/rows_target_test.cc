#include "cli/rows_target.h"

#include <gtest/gtest.h>

#include "duck/database.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

class RowsTargetTest : public ::testing::Test {
protected:
    // Writes the rows of `sql` as the context says; the error's code if that fails.
    std::optional<ErrorCode> write(const std::string& sql) {
        Result<RowsTarget> target = RowsTarget::open(context_);
        if (!target) return target.error().code();
        Result<duck::Rows> rows = connection_.stream(sql);
        EXPECT_TRUE(rows.has_value());
        const auto written = target->write(*rows, columns_of(*rows));
        return written ? std::nullopt : std::optional(written.error().code());
    }
    std::string content() const {
        return os::read_file(context_.output.path, 1 << 20).value_or("none");
    }

    testing::TempDir dir_;
    Context context_;
    duck::Database database_ = std::move(*duck::Database::open_in_memory());
    duck::Connection connection_ = std::move(*database_.connect());
};

TEST_F(RowsTargetTest, EveryFormatGoesToTheFile) {
    for (const auto& [format, expected] : {std::pair(Format::kCsv, "n\n7\n"),
                                           {Format::kNdjson, "{\"n\":7}\n"},
                                           {Format::kJson, "[\n {\"n\":7}\n]\n"},
                                           {Format::kMarkdown, "| n |\n| ---: |\n| 7 |\n"},
                                           {Format::kTable, "n\n-\n7\n"}}) {
        context_.format = format;
        context_.output = {.path = dir_ / "rows", .force = true};
        EXPECT_EQ(write("SELECT 7 AS n"), std::nullopt);
        EXPECT_EQ(content(), expected);
    }
    context_.format = Format::kParquet;
    EXPECT_EQ(write("SELECT 7 AS n"), std::nullopt);
    EXPECT_TRUE(content().starts_with("PAR1"));
}

TEST_F(RowsTargetTest, ParquetNeedsAFile) {
    context_.format = Format::kParquet;
    EXPECT_EQ(write("SELECT 7 AS n"), ErrorCode::kInvalidArgument);
}

TEST_F(RowsTargetTest, RowsThatFailLeaveTheOldFile) {
    const std::string sql =
        "SELECT CASE WHEN i < 500000 THEN i ELSE error('broken') END FROM range(1000000) t(i)";
    for (const Format format : {Format::kCsv, Format::kParquet}) {
        context_.format = Format::kCsv;
        context_.output = {.path = dir_ / "rows", .force = true};
        EXPECT_EQ(write("SELECT 7 AS n"), std::nullopt);
        context_.format = format;
        EXPECT_EQ(write(sql), ErrorCode::kInvalidArgument);
        EXPECT_EQ(content(), "n\n7\n");
        EXPECT_EQ(os::list_dir(dir_.path())->size(), 1U);
    }
}

}  // namespace
}  // namespace daybook::cli
