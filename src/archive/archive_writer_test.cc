#include "archive/archive_writer.h"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/parquet_file.h"
#include "archive/test_archive.h"
#include "duck/database.h"

namespace daybook::archive {
namespace {

class ArchiveWriterTest : public ArchiveTest {
protected:
    Result<WrittenFile> write(const std::vector<SealedPart>& parts, const Progress& progress = {}) {
        return write_archive(path_, "events-000001.parquet", parts, progress);
    }
    std::string file() { return os::read_file(path_, std::size_t{1} << 30).value_or("(none)"); }

    std::string path_ = temp_ / "file";
};

TEST_F(ArchiveWriterTest, SaysWhatAManifestSaysOfFileAndParts) {
    const std::string bytes = own_line("r1", 1) + own_line("r1", 2) + "torn";
    const SealedPart part = put_part(test_part(3), bytes);
    const WrittenFile written = testing::value_of(write({part}));
    EXPECT_EQ(written.file, (ArchiveFile{.name = "events-000001.parquet",
                                         .bytes = file().size(),
                                         .sha256 = sha256_hex(file()),
                                         .rows = 3}));
    ArchivedPart expected{.part = part.part,
                          .file = "events-000001.parquet",
                          .bytes = bytes.size(),
                          .lines = 3,
                          .seal_sha256 = part.seal_sha256,
                          .sha256 = part.sha256};
    const std::uint64_t second = own_line("r1", 1).size();
    const auto checksum = [](std::string_view line) {
        line.remove_suffix(1);
        return log::judge_line(line, ByteOffset(0)).checksum;
    };
    expected.first_line = log::LineMark{ByteOffset(0), checksum(own_line("r1", 1))};
    expected.last_line = log::LineMark{ByteOffset(second), checksum(own_line("r1", 2))};
    EXPECT_EQ(written.parts, std::vector<ArchivedPart>{expected});
}

TEST_F(ArchiveWriterTest, TheSamePartsMakeTheSameFileWhateverTheThreadsDo) {
    std::string many;
    for (std::uint64_t seq = 1; many.size() < 5 * kChunkBytes / 2; ++seq) {
        many += own_line("r1", seq);
    }
    const std::vector<SealedPart> parts = {put_part(test_part(1), many),
                                           put_part(test_part(2), hard_part(true))};
    testing::value_of(write(parts));
    const std::string first = file();
    testing::value_of(write(parts));
    EXPECT_TRUE(file() == first);
}

TEST_F(ArchiveWriterTest, APartThatIsNotWhatWasSealedIsRefused) {
    const SealedPart good = put_part(test_part(1), own_line("r1", 1));
    SealedPart bad = put_part(test_part(2), own_line("r1", 2));
    const SealedPart sealed = bad;
    const auto refused = [&](const SealedPart& part) {
        const auto written = write({good, part});
        return !written && written.error().code() == ErrorCode::kCorrupt && file() == "(none)";
    };
    bad.sha256[0] = bad.sha256[0] == '0' ? '1' : '0';
    EXPECT_TRUE(refused(bad));
    bad = sealed;
    ++bad.bytes;
    EXPECT_TRUE(refused(bad));
    // Every cut of it, and what has grown.
    const std::string whole = own_line("r1", 2);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        put_part(test_part(2), whole.substr(0, size));
        EXPECT_TRUE(refused(sealed)) << size;
    }
    put_part(test_part(2), whole + "x");
    EXPECT_TRUE(refused(sealed));
}

TEST_F(ArchiveWriterTest, ARowGroupHoldsAboutSixteenMebibytesOrHalfAMillionLines) {
    const std::string long_line = std::string(999, 'x') + "\n";
    std::string long_lines;
    while (long_lines.size() < kChunkBytes + kChunkBytes / 2) long_lines += long_line;
    const auto groups_of = [&](const std::string& bytes) {
        testing::value_of(write({put_part(test_part(1), bytes)}));
        auto database = testing::value_of(duck::Database::open_in_memory());
        auto connection = testing::value_of(database.connect());
        auto rows = testing::value_of(connection.query(fmt::format(
            "SELECT row_group_num_rows FROM parquet_metadata('{}') WHERE path_in_schema = 'line' "
            "ORDER BY row_group_id",
            path_)));
        std::vector<std::int64_t> groups;
        while (testing::value_of(rows.next())) groups.push_back(rows.get_int64(0));
        return groups;
    };
    EXPECT_EQ(groups_of(long_lines), (std::vector<std::int64_t>{16'777, 8'389}));
    // It is read a mebibyte at a time.
    EXPECT_EQ(groups_of(std::string(std::size_t{5} << 19, '\n')),
              (std::vector<std::int64_t>{1 << 20, 1 << 20, 1 << 19}));
}

TEST_F(ArchiveWriterTest, APartThatNoReaderWouldTakeIsRefused) {
    SealedPart part = put_part(test_part(1), own_line("r1", 1));
    part.bytes = kArchivedPartBytesMax + 1;
    const auto written = write({part});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), ErrorCode::kLimit);
    EXPECT_NE(written.error().message().find("1073741825 bytes, at most 1073741824"),
              std::string::npos)
        << written.error().message();
    EXPECT_EQ(file(), "(none)");
}

TEST_F(ArchiveWriterTest, WhoWatchesHearsOfEveryByteAndCanStopIt) {
    const std::vector<SealedPart> parts = {put_part(test_part(1), own_line("r1", 1)),
                                           put_part(test_part(2), own_line("r1", 22))};
    std::uint64_t seen = 0;
    testing::value_of(write(parts, [&](std::uint64_t bytes) {
        seen += bytes;
        return true;
    }));
    EXPECT_EQ(seen, parts[0].bytes + parts[1].bytes);
    const auto stopped = write(parts, [](std::uint64_t) { return false; });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(file(), "(none)");
}

TEST_F(ArchiveWriterTest, LinesThatAreAlikeTakeASeventhOfTheirSize) {
    std::string bytes;
    for (std::uint64_t seq = 1; seq <= 20'000; ++seq) bytes += own_line("r1", seq);
    const WrittenFile written = testing::value_of(write({put_part(test_part(1), bytes)}));
    EXPECT_LT(written.file.bytes * 7, bytes.size());
}

}  // namespace
}  // namespace daybook::archive
