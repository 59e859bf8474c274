#include "cli/rows_output.h"

#include <gtest/gtest.h>

#include "duck/database.h"

namespace daybook::cli {
namespace {

class RowsOutputTest : public ::testing::Test {
protected:
    std::string as_json(const std::string& sql) {
        Result<duck::Rows> rows = connection_.query(sql);
        EXPECT_TRUE(rows.has_value() && rows->next().value_or(false));
        return json_cell(cell_of(*rows, 0));
    }

    duck::Database database_ = std::move(*duck::Database::open_in_memory());
    duck::Connection connection_ = std::move(*database_.connect());
};

TEST_F(RowsOutputTest, ValuesKeepTheirTypes) {
    EXPECT_EQ(as_json("SELECT true"), "true");
    EXPECT_EQ(as_json("SELECT (-7)::TINYINT"), "-7");
    EXPECT_EQ(as_json("SELECT 18446744073709551615::UBIGINT"), "18446744073709551615");
    EXPECT_EQ(as_json("SELECT 0.5::DOUBLE"), "0.5");
    EXPECT_EQ(as_json("SELECT 'a\"b'"), "\"a\\\"b\"");
    EXPECT_EQ(as_json("SELECT NULL::INTEGER"), "null");
    EXPECT_EQ(as_json("SELECT 'nan'::DOUBLE"), "\"NaN\"");
}

TEST_F(RowsOutputTest, NumbersThatNoTypeHoldsAreWrittenAsTheyAre) {
    EXPECT_EQ(as_json("SELECT 1.50::DECIMAL(9,2)"), "1.50");
    EXPECT_EQ(as_json("SELECT 170141183460469231731687303715884105727::HUGEINT"),
              "170141183460469231731687303715884105727");
}

TEST_F(RowsOutputTest, JsonAndNestedValuesAreJson) {
    EXPECT_EQ(as_json("SELECT '{\"a\": 1}'::JSON"), "{\"a\": 1}");
    EXPECT_EQ(as_json("SELECT [1, NULL]"), "[1,null]");
    EXPECT_EQ(as_json("SELECT MAP {'a': 0.5}"), "{\"a\":0.5}");
    EXPECT_EQ(as_json("SELECT {'x': 1, 'y': 'z'}"), "{\"x\":1,\"y\":\"z\"}");
}

TEST_F(RowsOutputTest, TimesAreText) {
    EXPECT_EQ(as_json("SELECT TIMESTAMP '2026-01-23 09:15:00'"), "\"2026-01-23 09:15:00\"");
}

TEST_F(RowsOutputTest, ColumnsAreNamedAndMeasuredAsAsked) {
    const Result<duck::Rows> rows = connection_.query("SELECT 1 AS a, 2 AS size_bytes");
    ASSERT_TRUE(rows);
    const std::vector<Column> columns = columns_of(*rows, [](const std::string& name) {
        return name == "size_bytes" ? Unit::kBytes : Unit::kNone;
    });
    ASSERT_EQ(columns.size(), 2U);
    EXPECT_EQ(columns[0].name, "a");
    EXPECT_EQ(columns[0].unit, Unit::kNone);
    EXPECT_EQ(columns[1].unit, Unit::kBytes);
}

TEST_F(RowsOutputTest, WritingStopsWhenNobodyReads) {
    Result<duck::Rows> rows = connection_.stream("SELECT range FROM range(1000000000)");
    ASSERT_TRUE(rows);
    StandardOutput out(-1);  // writing to it fails
    const auto writer = make_row_writer(Format::kCsv, columns_of(*rows), {}, out);
    EXPECT_TRUE(write_rows(*rows, *writer, out));
    EXPECT_TRUE(out.failed());
}

}  // namespace
}  // namespace daybook::cli
