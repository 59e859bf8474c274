#include "backtest/source.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

class SourceTest : public testing::RunTest {
protected:
    SourceTest() { EXPECT_TRUE(connection_.execute("SET TimeZone = 'UTC'").has_value()); }
    Source open(const std::string& name) {
        return Source::open(connection_, "calls", path(name)).value();
    }
    // The time that SQL makes of `value`, a column x of type `kind`.
    std::string time_of(const std::string& value, duck::TypeKind kind) {
        return rows(
            fmt::format("SELECT {} FROM (SELECT {} AS x)", time_ms_sql({"x", kind}), value));
    }
};

TEST_F(SourceTest, ALineWithTooFewFieldsIsNamed) {
    for (const std::string delimiter : {",", ";"}) {
        std::string text = "date,open,high,low,close,volume\n2000-05-24,1,1,1,1,1\n2000-05-25,1\n";
        std::replace(text.begin(), text.end(), ',', delimiter[0]);
        write("short.csv", text);
        const auto opened = Source::open(connection_, "candles", path("short.csv"));
        ASSERT_FALSE(opened.has_value());
        EXPECT_EQ(opened.error().message(),
                  "read candles: " + path("short.csv") + " line 3: 2 of 6 fields");
    }
}

TEST_F(SourceTest, TimesOfEveryTypeAreMilliseconds) {
    using enum duck::TypeKind;
    EXPECT_EQ(time_of("1704067200", kBigint), "1704067200000\n");
    EXPECT_EQ(time_of("1704067200000", kBigint), "1704067200000\n");
    EXPECT_EQ(time_of("1704067200.25::DOUBLE", kDouble), "1704067200250\n");
    EXPECT_EQ(time_of("-5", kInteger), "-5000\n");
    EXPECT_EQ(time_of("DATE '2024-01-01'", kDate), "1704067200000\n");
    EXPECT_EQ(time_of("TIMESTAMP '2024-01-01 00:00:00.5'", kTimestamp), "1704067200500\n");
    EXPECT_EQ(time_of("TIMESTAMP_NS '2024-01-01'", kTimestampNs), "1704067200000\n");
    EXPECT_EQ(time_of("TIMESTAMPTZ '2024-01-01 01:00:00+01'", kTimestampTz), "1704067200000\n");
    EXPECT_EQ(time_of("'2024-01-01T00:00:00Z'", kVarchar), "1704067200000\n");
    EXPECT_EQ(time_of("'1704067200'", kVarchar), "1704067200000\n");
    EXPECT_EQ(time_of("'soon'", kVarchar), "NULL\n");
    EXPECT_EQ(time_of("'nan'", kVarchar), "NULL\n");
    EXPECT_EQ(time_of("NULL::VARCHAR", kVarchar), "NULL\n");
}

TEST_F(SourceTest, TimesOutsideOfTheYearsZeroToNineThousandAreNone) {
    using enum duck::TypeKind;
    EXPECT_EQ(time_of("253402300799999", kBigint), "253402300799999\n");
    EXPECT_EQ(time_of("253402300800000", kBigint), "NULL\n");
    EXPECT_EQ(time_of("-62167219200000", kBigint), "-62167219200000\n");
    EXPECT_EQ(time_of("-62167219200001", kBigint), "NULL\n");
    EXPECT_EQ(time_of("'9e18'", kVarchar), "NULL\n");
    EXPECT_EQ(time_of("'1e300'", kVarchar), "NULL\n");
    EXPECT_EQ(time_of("'infinity'", kVarchar), "NULL\n");
    EXPECT_EQ(time_of("'12024-01-01'", kVarchar), "NULL\n");
    EXPECT_EQ(time_of("TIMESTAMP 'infinity'", kTimestamp), "NULL\n");
    EXPECT_EQ(time_of("DATE '-infinity'", kDate), "NULL\n");
}

TEST_F(SourceTest, NumbersAreNullWhereNothingStandsAndNanWhereNoNumberDoes) {
    const auto number = [&](const std::string& value, duck::TypeKind kind) {
        return rows(fmt::format("SELECT {} FROM (SELECT {} AS x)", number_sql({"x", kind}), value));
    };
    EXPECT_EQ(number("'1.5'", duck::TypeKind::kVarchar), "1.5\n");
    EXPECT_EQ(number("' '", duck::TypeKind::kVarchar), "NULL\n");
    EXPECT_EQ(number("NULL::VARCHAR", duck::TypeKind::kVarchar), "NULL\n");
    EXPECT_EQ(number("'abc'", duck::TypeKind::kVarchar), "nan\n");
    EXPECT_EQ(number("3", duck::TypeKind::kInteger), "3.0\n");
    EXPECT_EQ(number("2.25::DOUBLE", duck::TypeKind::kDouble), "2.25\n");
}

TEST_F(SourceTest, TheEarlierNameWinsInAnyCase) {
    write("c.csv", "Symbol,MINT,x\na,b,c\n");
    const Source source = open("c.csv");
    EXPECT_EQ(source.find(std::array<std::string_view, 2>{"mint", "symbol"})->name, "MINT");
    EXPECT_EQ(source.find(std::array<std::string_view, 1>{"nothing"}), nullptr);
}

TEST_F(SourceTest, RowsAreCountedFromOneInEachFile) {
    write("a.csv", "x\n5\n6\n");
    write("b.csv", "x\n7\n");
    const std::string sql = "SELECT x, daybook_file[-5:], daybook_row FROM " +
                            open("*.csv").scan_with_places() + " ORDER BY x";
    EXPECT_EQ(rows(sql), "5|a.csv|1\n6|a.csv|2\n7|b.csv|1\n");
}

TEST_F(SourceTest, APlaceIsTheLineThatAnEditorShows) {
    for (const std::string& end : {std::string("\n"), std::string("\r\n")}) {
        std::string csv = "x,y\n1,a\n\n2,\"b\n\nc\"\n\n\n3,d\n";
        for (std::size_t at = 0; (at = csv.find('\n', at)) != std::string::npos; at += end.size()) {
            csv.replace(at, 1, end);
        }
        write("c.csv", csv);
        const Source source = open("c.csv");
        ASSERT_EQ(rows("SELECT x, daybook_row FROM " + source.scan_with_places()),
                  "1|1\n2|2\n3|3\n");
        const auto line = [&](std::int64_t row) {
            return source.place(connection_, path("c.csv"), row).substr(path("c.csv").size());
        };
        EXPECT_EQ(line(1), " line 2");
        EXPECT_EQ(line(2), " line 4");
        EXPECT_EQ(line(3), " line 9");
        EXPECT_EQ(line(4), " row 4");
    }
}

TEST_F(SourceTest, APlaceInACompressedFileIsALineToo) {
    ASSERT_EQ(rows("COPY (SELECT unnest(['x,y', '1,2', NULL, '3,4'])) TO '" + path("d.csv.gz") +
                   "' (FORMAT csv, HEADER false, QUOTE '', DELIM '\x01', COMPRESSION gzip)"),
              "4\n");
    const Source source = open("d.csv.gz");
    EXPECT_EQ(rows("SELECT x, daybook_row FROM " + source.scan_with_places()), "1|1\n3|2\n");
    EXPECT_EQ(source.place(connection_, path("d.csv.gz"), 2), path("d.csv.gz") + " line 4");
}

TEST_F(SourceTest, QuotesInNamesAreHarmless) {
    write("it's.csv", "\"a\"\"b\"\n1\n");
    const Source source = open("it's.csv");
    const SourceField* field = source.find(std::array<std::string_view, 1>{"a\"b"});
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(rows("SELECT " + text_sql(*field) + " FROM " + source.scan()), "1\n");
}

TEST_F(SourceTest, WhatCannotBeReadIsNamed) {
    EXPECT_EQ(Source::open(connection_, "calls", path("nowhere")).error().code(),
              ErrorCode::kNotFound);
    write("c.parquet", "this is no Parquet");
    const auto refused = Source::open(connection_, "calls", path("c.parquet"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().message().starts_with("read calls: " + path("c.parquet") + ": "))
        << refused.error().message();
}

}  // namespace
}  // namespace daybook::backtest
