#include <string>

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

class ValueTextTest : public DuckTest {
protected:
    // Our text must be DuckDB's own.
    void expect_same(const std::string& expression) {
        SCOPED_TRACE(expression);
        EXPECT_EQ(text("SELECT " + expression), text("SELECT (" + expression + ")::VARCHAR"));
    }
};

TEST_F(ValueTextTest, EveryTypeReadsAsDuckDbCastsIt) {
    for (const char* expression : {
             "true",
             "42::TINYINT",
             "-7::SMALLINT",
             "(-2147483648)::INTEGER",
             "9223372036854775807",
             "255::UTINYINT",
             "65535::USMALLINT",
             "4294967295::UINTEGER",
             "18446744073709551615::UBIGINT",
             "(-170141183460469231731687303715884105727)::HUGEINT",
             "340282366920938463463374607431768211455::UHUGEINT",
             "1.5::FLOAT",
             "0.1::DOUBLE",
             "1::DOUBLE",
             "1e300::DOUBLE",
             "1e15::DOUBLE",
             "1e16::DOUBLE",
             "9007199254740992::DOUBLE",
             "'nan'::DOUBLE",
             "'-inf'::DOUBLE",
             "1e7::FLOAT",
             "16777216::FLOAT",
             "0.1::FLOAT",
             "-1e-9::DOUBLE",
             "1.50::DECIMAL(4,2)",
             "-0.05::DECIMAL(18,2)",
             "123456789.123::DECIMAL(30,3)",
             "7::DECIMAL(9,0)",
             "'text'",
             "'a\\x00'::BLOB",
             "'0101'::BIT",
             "DATE '2024-02-29'",
             "TIME '01:02:03.5'",
             "TIMESTAMP '2024-01-02 03:04:05.678'",
             "TIMESTAMP '1969-12-31 23:59:59.5'",
             "TIMESTAMP_S '2024-01-02 03:04:05'",
             "TIMESTAMP_MS '2024-01-02 03:04:05.6'",
             "INTERVAL '14 months 3 days 04:05:06'",
             "INTERVAL '0 days'",
             "INTERVAL '-5 minutes'",
             "'019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b'::UUID",
             "'b'::ENUM('a', 'b')",
             "[1, NULL, 3]",
             "[[1], []]",
             "[1, 2]::INTEGER[2]",
             "MAP {'a': 1.5, 'b': NULL}",
             "{'x': 1, 'y': 'two'}",
             "union_value(number := 3)",
             "'{\"a\":1}'::JSON",
         }) {
        expect_same(expression);
    }
}

TEST_F(ValueTextTest, NullIsSpelledOut) { EXPECT_EQ(text("SELECT NULL::INTEGER"), "NULL"); }

TEST_F(ValueTextTest, JsonKeepsNumbersBareAndQuotesTheRest) {
    EXPECT_EQ(json("SELECT {'i': 1, 'd': 0.5::DOUBLE, 's': 'a\"b\n', 'n': NULL, 'b': true}"),
              R"({"i":1,"d":0.5,"s":"a\"b\n","n":null,"b":true})");
    EXPECT_EQ(json("SELECT MAP {'k': [1, 2]}"), R"({"k":[1,2]})");
    EXPECT_EQ(json("SELECT DATE '2024-02-29'"), R"("2024-02-29")");
    EXPECT_EQ(json("SELECT 'nan'::DOUBLE"), R"("nan")");
}

TEST_F(ValueTextTest, JsonTextIsItsOwnJson) {
    EXPECT_EQ(json("SELECT '{\"a\": [1]}'::JSON"), R"({"a": [1]})");
}

}  // namespace
}  // namespace daybook::duck
