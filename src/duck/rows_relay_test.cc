#include "duck/rows_relay.h"

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

class RowsRelayTest : public DuckTest {
protected:
    // What `sql` gives here, told by the other database: types, then values.
    std::string relayed(const std::string& sql) {
        Rows rows = must(connection_.stream(sql));
        RowsRelay relay(rows);
        must(relay.attach(there_, fmt::format("relay{}", ++relays_)));
        Rows got = must(there_.query(fmt::format("FROM relay{}()", relays_)));
        std::string text;
        for (std::size_t i = 0; i < got.column_count(); ++i) {
            text += got.column_name(i) + " " + got.column_type(i).name + "; ";
        }
        while (must(got.next())) {
            for (std::size_t i = 0; i < got.column_count(); ++i) text += got.text(i) + " | ";
        }
        return text;
    }

    Database other_ = must(Database::open_in_memory());
    Connection there_ = must(other_.connect());
    int relays_ = 0;
};

TEST_F(RowsRelayTest, EveryTypePassesAsItIs) {
    EXPECT_EQ(relayed("SELECT 1 AS n, 1.50::DECIMAL(9,2), 'a longer text than fits in sixteen', "
                      "'{\"a\":1}'::JSON, DATE '2026-01-23', NULL::INTEGER, "
                      "170141183460469231731687303715884105727::HUGEINT"),
              "c0 INTEGER; c1 DECIMAL(9,2); c2 VARCHAR; c3 JSON; c4 DATE; c5 INTEGER; c6 HUGEINT; "
              "1 | 1.50 | a longer text than fits in sixteen | {\"a\":1} | 2026-01-23 | NULL | "
              "170141183460469231731687303715884105727 | ");
    EXPECT_EQ(relayed("SELECT [1, NULL], MAP {'a long key, longer than twelve': 0.5::DOUBLE}, "
                      "{'x': 1, 'y': ['z']}, 'b'::ENUM('a', 'b')"),
              "c0 INTEGER[]; c1 MAP(VARCHAR, DOUBLE); c2 STRUCT(\"x\" INTEGER, \"y\" VARCHAR[]); "
              "c3 ENUM; [1, NULL] | {a long key, longer than twelve=0.5} | {'x': 1, 'y': [z]} | "
              "b | ");
}

TEST_F(RowsRelayTest, ManyRowsComeInTheirOrder) {
    Rows rows = must(connection_.stream("SELECT i, 'text number ' || i FROM range(100000) t(i)"));
    RowsRelay relay(rows);
    must(relay.attach(there_, "result"));
    must(there_.execute("CREATE TABLE t AS FROM result()"));
    Rows wrong =
        must(there_.query("SELECT count(*) FILTER (c0 <> rowid OR c1 <> 'text number ' "
                          "|| c0), count(*) FROM t"));
    ASSERT_TRUE(must(wrong.next()));
    EXPECT_EQ(wrong.text(0), "0");
    EXPECT_EQ(wrong.text(1), "100000");
}

TEST_F(RowsRelayTest, NoRowsAreNoRows) {
    EXPECT_EQ(relayed("SELECT 1 AS n WHERE false"), "c0 INTEGER; ");
}

TEST_F(RowsRelayTest, AnErrorOfTheRowsIsKept) {
    Rows rows =
        must(connection_.stream("SELECT CASE WHEN i < 5000000 THEN i ELSE error('broken at ' || i) "
                                "END FROM range(10000000) t(i)"));
    RowsRelay relay(rows);
    must(relay.attach(there_, "result"));
    EXPECT_FALSE(there_.execute("CREATE TABLE t AS FROM result()").has_value());
    ASSERT_TRUE(relay.error().has_value());
    EXPECT_NE(relay.error()->message().find("broken at"), std::string::npos);
}

}  // namespace
}  // namespace daybook::duck
