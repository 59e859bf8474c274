#include "duck/database.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

class DatabaseFileTest : public testing::Test {
protected:
    DatabaseFileTest() {
        directory_ = testing::TempDir() + "daybook-database-" +
                     testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_);
        path_ = directory_ + "/x.duckdb";
    }
    ~DatabaseFileTest() override { std::filesystem::remove_all(directory_); }

    std::string directory_;
    std::string path_;
};

TEST_F(DatabaseFileTest, RowsSurviveClosing) {
    {
        Database database = must(Database::open(path_));
        must(must(database.connect()).execute("CREATE TABLE t AS SELECT 7 AS i"));
    }
    Database database = must(Database::open(path_, {.read_only = true}));
    Connection connection = must(database.connect());
    Rows rows = must(connection.query("SELECT i FROM t"));
    ASSERT_TRUE(must(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 7);
    EXPECT_FALSE(connection.execute("INSERT INTO t VALUES (8)").has_value());
}

TEST_F(DatabaseFileTest, AFileThatIsNoDatabaseIsCorrupt) {
    std::ofstream(path_) << std::string(10000, 'x');
    const auto database = Database::open(path_);
    ASSERT_FALSE(database.has_value());
    EXPECT_EQ(database.error().code(), ErrorCode::kCorrupt) << database.error().message();
    EXPECT_NE(database.error().message().find(path_), std::string::npos);
}

TEST_F(DatabaseFileTest, AMissingFileIsNotFoundWhenOnlyRead) {
    const auto database = Database::open(path_, {.read_only = true});
    ASSERT_FALSE(database.has_value());
    EXPECT_EQ(database.error().code(), ErrorCode::kNotFound) << database.error().message();
}

TEST_F(DatabaseFileTest, OptionsReachDuckDb) {
    Database database = must(Database::open(
        path_,
        {.threads = 3, .memory_bytes_max = 1 << 30, .temp_directory = directory_ + "/spill"}));
    Connection connection = must(database.connect());
    Rows rows = must(connection.query(
        "SELECT current_setting('threads')::BIGINT, current_setting('memory_limit'), "
        "current_setting('temp_directory')"));
    ASSERT_TRUE(must(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 3);
    EXPECT_EQ(rows.text(1), "1.0 GiB");
    EXPECT_EQ(rows.text(2), directory_ + "/spill");
}

TEST_F(DatabaseFileTest, AnUnknownStorageVersionIsRefused) {
    EXPECT_FALSE(Database::open(path_, {.storage_version = "v0.0.1"}).has_value());
}

TEST_F(DatabaseFileTest, ParquetIsWrittenAndReadBySql) {
    Database database = must(Database::open_in_memory());
    Connection connection = must(database.connect());
    const std::string file = directory_ + "/t.parquet";
    must(connection.execute("COPY (SELECT 1 AS a, 'x' AS b) TO '" + file + "' (FORMAT parquet)"));
    Rows rows = must(connection.query("SELECT a, b FROM read_parquet($1)", {file}));
    ASSERT_TRUE(must(rows.next()));
    EXPECT_EQ(rows.text(0) + rows.text(1), "1x");
}

}  // namespace
}  // namespace daybook::duck
