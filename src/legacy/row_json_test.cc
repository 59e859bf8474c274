#include "legacy/row_json.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

using schema::FieldKind;

class RowJsonTest : public ::testing::Test {
protected:
    // The value of a SQL expression as the field of a kind; "refused" if it cannot be that.
    std::string scalar(const std::string& sql, FieldKind kind, std::string_view name = "x") {
        duck::Rows rows = must(connection_.query("SELECT " + sql));
        EXPECT_TRUE(must(rows.next_chunk()));
        std::string out;
        const schema::FieldSpec spec{.name = name, .kind = kind, .minimum = -5};
        const bool done = append_scalar(rows.column(0), 0, spec, path_, nonfinite_, out);
        return done ? out : "refused" + out;
    }
    std::string object(const std::string& sql) {
        duck::Rows rows = must(connection_.query("SELECT " + sql));
        EXPECT_TRUE(must(rows.next_chunk()));
        std::string out;
        const bool is_one = append_object(rows.column(0), 0, path_, nonfinite_, out);
        return out + (is_one ? "" : " (wrapped)");
    }

    void SetUp() override { path_.enter(); }

    duck::Database database_ = must(duck::Database::open_in_memory());
    duck::Connection connection_ = must(database_.connect());
    json::Path path_;
    json::NonFinite nonfinite_{json::NonFinite::Form::kText};
};

TEST_F(RowJsonTest, IntegersComeOfAllThatHasOne) {
    EXPECT_EQ(scalar("7::TINYINT", FieldKind::kInteger), "7");
    EXPECT_EQ(scalar("'12'", FieldKind::kInteger), "12");
    EXPECT_EQ(scalar("12.0", FieldKind::kInteger), "12");
    EXPECT_EQ(scalar("12.5", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("12.5", FieldKind::kInteger, "duration_ms"), "13");
    EXPECT_EQ(scalar("18446744073709551615::UBIGINT", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("9007199254740993::UBIGINT", FieldKind::kInteger), "9007199254740993");
    EXPECT_EQ(scalar("9007199254740993::HUGEINT", FieldKind::kInteger), "9007199254740993");
    EXPECT_EQ(scalar("9223372036854775808::HUGEINT", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("TIMESTAMP '1970-01-02 00:00:00.25'", FieldKind::kInteger), "86400250");
    EXPECT_EQ(scalar("INTERVAL 2 SECOND", FieldKind::kInteger), "2000");
    EXPECT_EQ(scalar("-6", FieldKind::kInteger), "refused") << "below the minimum";
    EXPECT_EQ(scalar("'nan'::DOUBLE", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("'infinity'::TIMESTAMP", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("'-infinity'::DATE", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("'infinity'::DATE", FieldKind::kInteger), "refused");
    EXPECT_EQ(scalar("TIMESTAMP_MS '1970-01-01 00:00:02'", FieldKind::kInteger), "2000");
    EXPECT_EQ(scalar("TIMESTAMP_S '1970-01-01 00:00:02'", FieldKind::kInteger), "2000");
}

TEST_F(RowJsonTest, BooleansTextsAndListsToo) {
    EXPECT_EQ(scalar("'Yes'", FieldKind::kBoolean), "true");
    EXPECT_EQ(scalar("0", FieldKind::kBoolean), "false");
    EXPECT_EQ(scalar("'maybe'", FieldKind::kBoolean), "refused");
    EXPECT_EQ(scalar("DATE '2026-01-02'", FieldKind::kString), "\"2026-01-02\"");
    EXPECT_EQ(scalar("'PRUNED'", FieldKind::kChoice), "\"pruned\"");
    EXPECT_EQ(scalar("['a', 'b']", FieldKind::kStrings), "[\"a\",\"b\"]");
    EXPECT_EQ(scalar("'[\"a\"]'", FieldKind::kStrings), "[\"a\"]");
    EXPECT_EQ(scalar("'a'", FieldKind::kStrings), "[\"a\"]");
}

TEST_F(RowJsonTest, WhatIsNoObjectIsWrapped) {
    EXPECT_EQ(object("'{\"a\": 1}'"), "{\"a\":1}");
    EXPECT_EQ(object("MAP {'k': 1.5::DOUBLE}"), "{\"k\":1.5}");
    EXPECT_EQ(object("{'k': 'nan'::DOUBLE}"), "{\"k\":\"NaN\"}");
    EXPECT_EQ(object("'[1]'"), "{\"value\":[1]} (wrapped)");
    EXPECT_EQ(object("'{oops'"), "{\"value\":\"{oops\"} (wrapped)");
    EXPECT_EQ(object("1"), "{\"value\":1} (wrapped)");
}

TEST_F(RowJsonTest, JsonHasEachNameOnce) {
    EXPECT_EQ(object("'{\"a\": {\"b\": 1, \"b\": 2}}'"), "{\"a\":{\"b\":2}}");
}

}  // namespace
}  // namespace daybook::legacy
