#include "duck/appender.h"

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

using AppenderTest = DuckTest;

TEST_F(AppenderTest, EveryColumnTypeArrivesUnchanged) {
    must(connection_.execute(
        "CREATE TABLE t (b BOOLEAN, i INTEGER, n BIGINT, u UBIGINT, d DOUBLE, s VARCHAR, x BLOB, "
        "id UUID, ts TIMESTAMP_MS, l VARCHAR[], m MAP(VARCHAR, DOUBLE))"));
    using enum ColumnType;
    Appender appender =
        must(Appender::open(connection_, "t",
                            {kBoolean, kInteger, kBigint, kUbigint, kDouble, kVarchar, kBlob, kUuid,
                             kTimestampMs, kVarcharList, kDoubleMap}));
    const std::size_t row = must(appender.add_row());
    appender.column(0).set_bool(row, true);
    appender.column(1).set_int32(row, -1);
    appender.column(2).set_int64(row, -2);
    appender.column(3).set_uint64(row, 3);
    appender.column(4).set_double(row, 0.5);
    appender.column(5).lend_text(row, "a text of more than twelve bytes");
    appender.column(6).set_text(row, "b");
    appender.column(7).set_uuid(row, 0x019bea3c7d1e7c40, 0x9d0e6f1f5c1d2a3b);
    appender.column(8).set_int64(row, 1000);
    const std::string_view texts[] = {"p", "q"};
    appender.column(9).set_text_list(row, texts);
    const DoubleMapEntry entries[] = {{"k", 1.5}, {"a long key, longer than twelve", -2}};
    appender.column(10).lend_double_map(row, entries);
    const std::size_t nulls = must(appender.add_row());
    for (std::size_t i = 0; i < 11; ++i) appender.column(i).set_null(nulls);
    must(appender.finish());

    EXPECT_EQ(text("SELECT t::VARCHAR FROM t WHERE b"),
              "{'b': true, 'i': -1, 'n': -2, 'u': 3, 'd': 0.5, "
              "'s': a text of more than twelve bytes, 'x': b, "
              "'id': 019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b, 'ts': '1970-01-01 00:00:01', "
              "'l': [p, q], 'm': {k=1.5, 'a long key, longer than twelve'=-2.0}}");
    EXPECT_EQ(text("SELECT count(*) FROM t WHERE b IS NULL AND l IS NULL AND m IS NULL"), "1");
}

TEST_F(AppenderTest, ManyChunksKeepTheirRows) {
    must(connection_.execute("CREATE TABLE t (i BIGINT, l VARCHAR[])"));
    Appender appender =
        must(Appender::open(connection_, "t", {ColumnType::kBigint, ColumnType::kVarcharList}));
    for (std::int64_t i = 0; i < 5000; ++i) {
        const std::size_t row = must(appender.add_row());
        appender.column(0).set_int64(row, i);
        const std::string value = std::to_string(i);
        const std::vector<std::string_view> texts(static_cast<std::size_t>(i % 4), value);
        appender.column(1).set_text_list(row, texts);
    }
    must(appender.finish());
    EXPECT_EQ(text("SELECT count(*) FROM t WHERE len(l) = i % 4 AND (len(l) = 0 OR l[1] = i)"),
              "5000");
}

TEST_F(AppenderTest, AMissingTableIsAnError) {
    EXPECT_FALSE(Appender::open(connection_, "nowhere", {ColumnType::kBigint}).has_value());
}

}  // namespace
}  // namespace daybook::duck
