#include "artifact/parquet_reader.h"

#include <sys/stat.h>

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "artifact/run_store.h"
#include "artifact/table.h"
#include "duck/sql.h"
#include "os/file.h"

namespace daybook::artifact {
namespace {

class ParquetReaderTest : public ::testing::Test {
protected:
    ParquetReaderTest() {
        directory_ = ::testing::TempDir() + "daybook_parquet_reader_" +
                     ::testing::UnitTest::GetInstance()->current_test_info()->name();
        EXPECT_TRUE(os::remove_tree(directory_).has_value());
        EXPECT_TRUE(os::make_dirs(directory_).has_value());
    }
    ~ParquetReaderTest() override { EXPECT_TRUE(os::remove_tree(directory_).has_value()); }

    // A file of that name with the numbers 0 … count - 1 in the column `i`.
    std::string file(const std::string& name, int count) {
        const std::string path = os::join_path(directory_, name);
        EXPECT_TRUE(os::make_dirs(os::parent_path(path)).has_value());
        EXPECT_TRUE(os::write_file_atomic(path, "").has_value());
        auto copied =
            reader_.query(fmt::format("COPY (SELECT range AS i FROM range({})) TO {} (FORMAT "
                                      "parquet, USE_TMP_FILE false)",
                                      count, duck::quote_literal(path)));
        EXPECT_TRUE(copied.has_value()) << copied.error().message();
        return path;
    }
    std::vector<std::int64_t> numbers(Result<duck::Rows> rows) {
        EXPECT_TRUE(rows.has_value()) << rows.error().message();
        std::vector<std::int64_t> values;
        while (rows->next().value()) values.push_back(rows->get_int64(0));
        return values;
    }

    std::string directory_;
    ParquetReader reader_ = std::move(*ParquetReader::open());
};

using Numbers = std::vector<std::int64_t>;

TEST_F(ParquetReaderTest, RowsComeInTheirOrderAndAsManyAsAreWanted) {
    const std::string path = file("a.parquet", 5);
    EXPECT_EQ(numbers(reader_.rows(path)), (Numbers{0, 1, 2, 3, 4}));
    EXPECT_EQ(numbers(reader_.rows(path, 2)), (Numbers{0, 1}));
    EXPECT_EQ(numbers(reader_.rows(path, 0)), Numbers{});
    EXPECT_EQ(reader_.row_count(path).value(), 5U);
    EXPECT_EQ(reader_.columns(path).value(), (std::vector<ParquetColumn>{{"i", "BIGINT"}}));
}

TEST_F(ParquetReaderTest, RowsSayWhereTheyLie) {
    const std::vector<std::string> paths = {file("[b] it's.parquet", 2), file("a.parquet", 3)};
    auto rows = reader_.query(
        fmt::format("SELECT filename, file_row_number, i FROM {} ORDER BY filename, i",
                    parquet_scan_with_places(paths)));
    ASSERT_TRUE(rows.has_value()) << rows.error().message();
    std::vector<std::string> found;
    while (rows->next().value()) {
        EXPECT_EQ(rows->get_int64(1), rows->get_int64(2));
        found.push_back(rows->text(0));
    }
    EXPECT_EQ(found, (std::vector<std::string>{paths[0], paths[0], paths[1], paths[1], paths[1]}));
}

TEST_F(ParquetReaderTest, SignsOfPatternsInANameStandForThemselves) {
    file("ab.parquet", 1);
    file("b.parquet", 1);
    const std::vector<std::string> names = {"a*.parquet", "?b.parquet", "[ab].parquet",
                                            "it's [x]?*.parquet", "day=1/a.parquet"};
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const std::string path = file(name, 3);
        EXPECT_EQ(numbers(reader_.rows(path)), (Numbers{0, 1, 2}));
        EXPECT_EQ(reader_.row_count(path).value(), 3U);
        // A directory called day=1 makes no column.
        EXPECT_EQ(reader_.columns(path).value(), (std::vector<ParquetColumn>{{"i", "BIGINT"}}));
    }
}

TEST_F(ParquetReaderTest, AFileThatIsMissingOrNoParquetIsNamed) {
    const std::string gone = os::join_path(directory_, "gone.parquet");
    for (const ErrorCode code :
         {reader_.rows(gone).error().code(), reader_.row_count(gone).error().code(),
          reader_.columns(gone).error().code()}) {
        EXPECT_EQ(code, ErrorCode::kNotFound);
    }
    // A pipe would never end; of a directory DuckDB would read the files.
    const std::string pipe = os::join_path(directory_, "pipe.parquet");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& path : {pipe, directory_}) {
        for (const ErrorCode code :
             {reader_.rows(path).error().code(), reader_.row_count(path).error().code(),
              reader_.columns(path).error().code()}) {
            EXPECT_EQ(code, ErrorCode::kInvalidArgument) << path;
        }
    }
    const std::string text = os::join_path(directory_, "text.parquet");
    ASSERT_TRUE(os::write_file_atomic(text, "no parquet at all, but long enough").has_value());
    for (const Error& error : {reader_.rows(text).error(), reader_.row_count(text).error(),
                               reader_.columns(text).error()}) {
        EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
        EXPECT_EQ(error.message().find("read " + text), 0U) << error.message();
        EXPECT_EQ(error.message().find("LINE"), std::string::npos) << error.message();
    }
}

TEST_F(ParquetReaderTest, ErrorsHaveNothingOfTheStatementInThem) {
    const auto rows =
        reader_.query("SELECT nothing FROM " + parquet_scan(std::vector{file("a.parquet", 1)}));
    ASSERT_FALSE(rows.has_value());
    EXPECT_EQ(rows.error().code(), ErrorCode::kCorrupt);
    EXPECT_EQ(rows.error().message().find("SELECT"), std::string::npos) << rows.error().message();
}

TEST_F(ParquetReaderTest, NonFiniteNumbersAreStoredAsTheyAre) {
    const double infinity = std::numeric_limits<double>::infinity();
    Table table({{"d", duck::ColumnType::kDouble}});
    // The first row is null: a type guessed from it would be no number's.
    table.add_row({std::nullopt});
    for (const double value : {std::nan(""), infinity, -infinity, -0.0}) table.add_row({value});
    auto database = duck::Database::open_in_memory();
    auto connection = database->connect();
    ASSERT_TRUE(connection->register_source("t", std::move(table).source()).has_value());
    RunStore store = RunStore::create(directory_, "r1", false).value();
    const Stored stored = store.write_parquet(*connection, "trades", "SELECT * FROM t()").value();

    auto rows = reader_.rows(os::join_path(directory_, stored.path));
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ(rows->column_type(0).name, "DOUBLE");
    ASSERT_TRUE(rows->next().value());
    EXPECT_TRUE(rows->is_null(0));
    ASSERT_TRUE(rows->next().value());
    EXPECT_TRUE(std::isnan(rows->get_double(0)));
    ASSERT_TRUE(rows->next().value());
    EXPECT_EQ(rows->get_double(0), infinity);
    ASSERT_TRUE(rows->next().value());
    EXPECT_EQ(rows->get_double(0), -infinity);
    ASSERT_TRUE(rows->next().value());
    EXPECT_TRUE(std::signbit(rows->get_double(0)));
    EXPECT_FALSE(rows->next().value());
}

}  // namespace
}  // namespace daybook::artifact
