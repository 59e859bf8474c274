#include "duck/column.h"

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

class ColumnTest : public DuckTest {
protected:
    Rows one_row(const std::string& expression) {
        Rows rows = must(connection_.query("SELECT " + expression));
        EXPECT_TRUE(must(rows.next()));
        return rows;
    }
};

TEST_F(ColumnTest, GetInt64ReadsEveryIntegerType) {
    for (const char* type : {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT",
                             "UINTEGER", "UBIGINT"}) {
        SCOPED_TRACE(type);
        const Rows rows = one_row(std::string("100::") + type);
        EXPECT_EQ(rows.get_int64(0), 100);
        EXPECT_EQ(rows.get_uint64(0), 100U);
        EXPECT_EQ(rows.get_double(0), 100.0);
    }
}

TEST_F(ColumnTest, GetDoubleReadsWideAndDecimalNumbers) {
    EXPECT_EQ(one_row("-18446744073709551616::HUGEINT").get_double(0), -18446744073709551616.0);
    EXPECT_EQ(one_row("1.25::DECIMAL(4,2)").get_double(0), 1.25);
    EXPECT_EQ(one_row("1.25::DECIMAL(30,2)").get_double(0), 1.25);
    EXPECT_EQ(one_row("18446744073709551615::UBIGINT").get_double(0), 18446744073709551615.0);
}

TEST_F(ColumnTest, GetUint128ReadsHalvesInTheOrderOfTheirDigits) {
    const Rows rows = one_row(
        "340282366920938463463374607431768211454::UHUGEINT, "
        "'0123456789abcdeffedcba9876543210'::UUID, 'fedcba98-7654-3210-0123-456789abcdef'::UUID");
    EXPECT_EQ(rows.get_uint128(0).high, UINT64_MAX);
    EXPECT_EQ(rows.get_uint128(0).low, UINT64_MAX - 1);
    EXPECT_EQ(rows.get_uint128(1).high, 0x0123456789abcdefU);
    EXPECT_EQ(rows.get_uint128(1).low, 0xfedcba9876543210U);
    EXPECT_EQ(rows.get_uint128(2).high, 0xfedcba9876543210U);
}

TEST_F(ColumnTest, EveryTimestampReadsAsMicroseconds) {
    for (const char* type : {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}) {
        SCOPED_TRACE(type);
        EXPECT_EQ(one_row(std::string(type) + " '1970-01-01 00:00:02'").column(0).get_epoch_us(0),
                  2'000'000);
    }
    EXPECT_EQ(one_row("DATE '1970-01-02'").column(0).get_epoch_us(0), 86'400'000'000);
}

TEST_F(ColumnTest, ListsAndMapsGiveTheirElements) {
    const Rows list = one_row("['a', NULL]");
    const auto [offset, length] = list.column(0).elements(0);
    ASSERT_EQ(length, 2U);
    EXPECT_EQ(list.column(0).child(0).get_string(offset), "a");
    EXPECT_TRUE(list.column(0).child(0).is_null(offset + 1));

    const Rows map = one_row("MAP {'k': 2.5::DOUBLE}");
    const Column::Range range = map.column(0).elements(0);
    ASSERT_EQ(range.length, 1U);
    EXPECT_EQ(map.column(0).child(0).get_string(range.offset), "k");
    EXPECT_EQ(map.column(0).child(1).get_double(range.offset), 2.5);
}

TEST_F(ColumnTest, TypesAreSpelledAsInSql) {
    EXPECT_EQ(one_row("1.5::DECIMAL(18,3)").column_type(0).name, "DECIMAL(18,3)");
    EXPECT_EQ(one_row("[1]").column_type(0).name, "INTEGER[]");
    EXPECT_EQ(one_row("MAP {'a': 1}").column_type(0).name, "MAP(VARCHAR, INTEGER)");
    EXPECT_EQ(one_row("'1'::JSON").column_type(0).name, "JSON");
    EXPECT_EQ(one_row("{'a b': 1}").column_type(0).name, "STRUCT(\"a b\" INTEGER)");
    EXPECT_EQ(one_row("[1, 2]::TINYINT[2]").column_type(0).name, "TINYINT[2]");
}

}  // namespace
}  // namespace daybook::duck
