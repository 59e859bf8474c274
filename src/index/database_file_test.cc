#include "index/database_file.h"

#include "duck/database.h"
#include "os/file.h"
#include "support/index_memory.h"
#include "support/temp_dir.h"

namespace daybook::index {
namespace {

class DatabaseFileTest : public ::testing::Test {
protected:
    void run(std::initializer_list<const char*> statements) {
        duck::Database database = testing::value_of(duck::Database::open(path_, {}));
        duck::Connection connection = testing::value_of(database.connect());
        for (const char* statement : statements) {
            testing::expect_ok(connection.execute(statement));
        }
    }
    std::uint64_t least() {
        const os::UniqueFd fd = testing::value_of(os::open_fd(path_, O_RDONLY));
        return testing::value_of(database_bytes_min(fd.get(), path_));
    }
    std::uint64_t size() { return testing::value_of(os::file_info(path_))->size.value(); }

    static constexpr const char* kSmall =
        "CREATE TABLE a AS SELECT hash(i) FROM range(100000) t(i)";
    static constexpr const char* kLarge =
        "CREATE TABLE b AS SELECT hash(i), uuid() FROM range(1000000) t(i)";
    testing::TempDir dir_;
    std::string path_ = dir_ / "a.duckdb";
};

TEST_F(DatabaseFileTest, AFileThatIsCutIsShorterThanItMustBe) {
    run({kSmall, "CHECKPOINT"});
    EXPECT_LE(least(), size());
    const std::uint64_t whole = least();
    testing::expect_ok(os::truncate(testing::value_of(os::open_fd(path_, O_RDWR)).get(),
                                    ByteOffset(whole - 1), path_));
    EXPECT_GT(least(), size());
}

TEST_F(DatabaseFileTest, WhatDuckDbHasCutOffItselfIsNotMissed) {
    run({kSmall, "CHECKPOINT", kLarge, "CHECKPOINT"});
    const std::uint64_t before = size();
    run({"DROP TABLE b", "CHECKPOINT"});
    ASSERT_LT(size(), before);
    EXPECT_LE(least(), size());
    EXPECT_GT(least(), std::uint64_t{1} << 19) << "the small table is still there";
    const std::uint64_t whole = least();
    testing::expect_ok(os::truncate(testing::value_of(os::open_fd(path_, O_RDWR)).get(),
                                    ByteOffset(whole - 1), path_));
    EXPECT_GT(least(), size());
}

TEST_F(DatabaseFileTest, AHeadThatMakesNoSenseSaysNothing) {
    testing::expect_ok(os::write_file_atomic(path_, std::string(20'000, 'x')));
    EXPECT_EQ(least(), 0U);
}

}  // namespace
}  // namespace daybook::index
