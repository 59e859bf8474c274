#include "archive/parquet_file.h"

#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/inflate.h"
#include "archive/test_archive.h"
#include "os/test_support.h"

namespace daybook::archive {
namespace {

class ParquetFileTest : public ::testing::Test {
protected:
    static LineChunk chunk(std::uint32_t number, std::string bytes) {
        const std::size_t size = bytes.size();
        return {.part = test_part(number),
                .bytes = std::move(bytes),
                .stretches = {{.offset = ByteOffset(0), .begin = 0, .end = size}}};
    }

    testing::TempDir temp_;
    std::string path_ = temp_ / "file.parquet";
};

TEST_F(ParquetFileTest, RowGroupsStandInTheOrderInWhichTheyWereAdded) {
    std::vector<log::PartId> order;
    ParquetFile file = testing::value_of(
        ParquetFile::create(path_, 4, [&](const RowGroup& group) { order.push_back(group.part); }));
    std::vector<log::PartId> expected;
    for (std::uint32_t number = 1; number <= 60; ++number) {
        // Of very different sizes, so that threads overtake one another.
        testing::expect_ok(file.add(chunk(number, std::string(number % 7 * 40'000, 'x') + "\n")));
        expected.push_back(test_part(number));
    }
    const ParquetFile::Facts facts = testing::value_of(file.finish());
    EXPECT_EQ(order, expected);
    EXPECT_EQ(facts.rows, 60U);

    auto database = testing::value_of(duck::Database::open_in_memory());
    auto connection = testing::value_of(database.connect());
    auto rows = testing::value_of(connection.query(
        fmt::format("SELECT count(*) FROM (SELECT part, lag(part) OVER () AS before FROM "
                    "read_parquet('{}')) WHERE part <= before",
                    path_)));
    ASSERT_TRUE(testing::value_of(rows.next()));
    EXPECT_EQ(rows.get_int64(0), 0);
}

TEST_F(ParquetFileTest, NothingThatIsThereIsReplaced) {
    testing::expect_ok(os::write_file_atomic(path_, "mine"));
    const auto file = ParquetFile::create(path_, 1);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), ErrorCode::kAlreadyExists);
}

TEST_F(ParquetFileTest, AFullDiskIsToldWhateverTheMomentItComes) {
    for (const std::int64_t room : {0, 4, 100, 1200, 2600}) {
        SCOPED_TRACE(room);
        testing::expect_ok(os::remove_file(path_));
        os::Faults faults;
        faults.set_room(room);
        Result<ParquetFile> file = ParquetFile::create(path_, 2);
        Status status;
        for (std::uint32_t number = 1; number <= 3 && status; ++number) {
            status = file->add(chunk(number, own_line("r1", number)));
        }
        if (status) {
            const auto facts = file->finish();
            if (!facts) status = fail(facts.error());
        }
        ASSERT_FALSE(status);
        EXPECT_NE(status.error().message().find("No space left on device"), std::string::npos);
    }
}

TEST_F(ParquetFileTest, ASyncThatFailsIsAnError) {
    ParquetFile file = testing::value_of(ParquetFile::create(path_, 1));
    testing::expect_ok(file.add(chunk(1, "x\n")));
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO);
    EXPECT_FALSE(file.finish());
}

TEST_F(ParquetFileTest, AFileThatIsGivenUpEndsItsThreads) {
    ParquetFile file = testing::value_of(ParquetFile::create(path_, 3));
    for (std::uint32_t number = 1; number <= 3; ++number) {
        testing::expect_ok(file.add(chunk(number, own_line("r1", number))));
    }
}

}  // namespace
}  // namespace daybook::archive
