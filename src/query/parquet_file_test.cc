#include "query/parquet_file.h"

#include <gtest/gtest.h>

#include "duck/database.h"
#include "duck/sql.h"
#include "os/file.h"
#include "os/process.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::query {
namespace {

class ParquetFileTest : public ::testing::Test {
protected:
    Status write(const std::string& sql) {
        duck::Rows rows = testing::value_of(connection_.stream(sql));
        return write_parquet(rows, path_);
    }
    // Asked of a database that may read files.
    std::vector<std::string> read(const std::string& sql) {
        duck::Rows rows = testing::value_of(
            connection_.query(fmt::format(fmt::runtime(sql), duck::quote_literal(path_))));
        std::vector<std::string> lines;
        while (testing::value_of(rows.next())) {
            std::string line;
            for (std::size_t i = 0; i < rows.column_count(); ++i) {
                line += (i == 0 ? "" : " ") + rows.text(i);
            }
            lines.push_back(line);
        }
        return lines;
    }

    testing::TempDir dir_;
    std::string path_ = dir_ / "it's.parquet";
    duck::Database database_ = testing::value_of(duck::Database::open_in_memory());
    duck::Connection connection_ = testing::value_of(database_.connect());
};

TEST_F(ParquetFileTest, ColumnsKeepTheirTypesAndRowsTheirOrder) {
    testing::expect_ok(
        write("SELECT i, i / 2 AS half, 'r' || i AS id, i % 2 = 0 AS even, "
              "MAP {'a': i::DOUBLE} AS numbers, to_json({'a': i}) AS document, "
              "CASE WHEN i = 1 THEN NULL ELSE make_timestamp(i * 1000) END AS at "
              "FROM range(3) t(i)"));
    EXPECT_EQ(read("SELECT column_name, column_type FROM (DESCRIBE FROM {})"),
              (std::vector<std::string>{"i BIGINT", "half DOUBLE", "id VARCHAR", "even BOOLEAN",
                                        "numbers MAP(VARCHAR, DOUBLE)", "document JSON",
                                        "at TIMESTAMP"}));
    EXPECT_EQ(read("FROM {}"), (std::vector<std::string>{
                                   "0 0.0 r0 true {a=0.0} {\"a\":0} 1970-01-01 00:00:00",
                                   "1 0.5 r1 false {a=1.0} {\"a\":1} NULL",
                                   "2 1.0 r2 true {a=2.0} {\"a\":2} 1970-01-01 00:00:00.002"}));
}

TEST_F(ParquetFileTest, RowsAreCompressedInGroups) {
    testing::expect_ok(write("SELECT i, 'x' AS x FROM range(250000) t(i)"));
    EXPECT_EQ(read("SELECT DISTINCT row_group_id, row_group_num_rows, compression "
                   "FROM parquet_metadata({}) ORDER BY 1"),
              (std::vector<std::string>{"0 122880 ZSTD", "1 122880 ZSTD", "2 4240 ZSTD"}));
    EXPECT_EQ(read("SELECT count(*), count(*) FILTER (i <> file_row_number) "
                   "FROM read_parquet({}, file_row_number = true)"),
              std::vector<std::string>{"250000 0"});
}

TEST_F(ParquetFileTest, RepeatedNamesAreToldApart) {
    testing::expect_ok(write("SELECT 1 AS a, 2 AS A, 3 AS a_1, 4 AS \"q\"\"\""));
    EXPECT_EQ(read("SELECT column_name FROM (DESCRIBE FROM {})"),
              (std::vector<std::string>{"a", "A_1", "a_1_1", "q\""}));
}

TEST_F(ParquetFileTest, NoRowsStillHaveColumns) {
    testing::expect_ok(write("SELECT 1 AS n WHERE false"));
    EXPECT_EQ(read("SELECT count(*) FROM {}"), std::vector<std::string>{"0"});
}

TEST_F(ParquetFileTest, AnErrorInTheMiddleIsTheErrorOfTheRows) {
    const Status status = write(
        "SELECT CASE WHEN i < 500000 THEN i ELSE error('broken at ' || i) END "
        "FROM range(1000000) t(i)");
    ASSERT_FALSE(status.has_value());
    EXPECT_NE(status.error().message().find("broken at 500000"), std::string::npos);
}

TEST_F(ParquetFileTest, AFileThatCannotBeWrittenIsNamed) {
    path_ = dir_ / "missing/a.parquet";
    const Status status = write("SELECT 1 AS n");
    ASSERT_FALSE(status.has_value());
    EXPECT_TRUE(status.error().message().starts_with("write " + path_ + ": "))
        << status.error().message();
}

TEST_F(ParquetFileTest, MemoryDoesNotGrowWithTheRows) {
    const std::string sql = "SELECT i, hash(i) AS h, md5(i::VARCHAR) AS t FROM range({}) r(i)";
    testing::expect_ok(write(fmt::format(fmt::runtime(sql), 2'000'000)));
    const std::uint64_t before = os::peak_memory_bytes();
    testing::expect_ok(write(fmt::format(fmt::runtime(sql), 5'000'000)));
    // The rows take 240 MB.
    EXPECT_LT(os::peak_memory_bytes(), before + (std::uint64_t{100} << 20));
}

}  // namespace
}  // namespace daybook::query
