#include "archive/archive_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "archive/inflate.h"
#include "archive/log_source.h"
#include "archive/parquet_file.h"
#include "archive/read_back.h"
#include "archive/test_archive.h"
#include "duck/database.h"
#include "log/scan.h"

namespace daybook::archive {
namespace {

class ArchiveReaderTest : public ArchiveTest {};

TEST_F(ArchiveReaderTest, EveryByteComesBack) {
    std::string many;
    for (std::uint64_t seq = 1; many.size() < 3 * kChunkBytes; ++seq) {
        many += own_line(seq % 7 == 0 ? "r7" : "r1", seq);
    }
    const std::vector<std::string> parts = {
        hard_part(true),
        hard_part(false),
        std::string(),
        "\n",
        "x",
        std::string(kLineBytesMax, 'y') + "\n" + own_line("r1", 1) +
            std::string(kLineBytesMax + 1, '\xff') + "\n" + std::string(kLineBytesMax + 7, 'z'),
        many,
    };
    std::vector<SealedPart> sealed;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        sealed.push_back(put_part(test_part(static_cast<std::uint32_t>(i + 1)), parts[i]));
    }
    const Manifest manifest = archive(sealed);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_TRUE(inflated(sealed[i].part) == parts[i]);
    }
    testing::expect_ok(read_back(layout_.file_path(kTestDay, "events-000001.parquet"),
                                 manifest.files[0], manifest.parts));
}

TEST_F(ArchiveReaderTest, AnyBytesComeBack) {
    const auto piece = rc::gen::oneOf(
        rc::gen::arbitrary<std::string>(),
        rc::gen::element(std::string("\n"), std::string("\n\n"), std::string("\0", 1),
                         own_line("r1", 1), foreign_line("r2", 1), std::string("\xc3"),
                         std::string("\r\n"), std::string("{\"run_id\":\"r1\"}\n")));
    EXPECT_TRUE(rc::check([&] {
        const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
        std::string bytes;
        for (const std::string& one : pieces) bytes += one;
        const SealedPart part = put_part(test_part(1), bytes);
        archive({part});
        RC_ASSERT(inflated(part.part) == bytes);
    }));
}

TEST_F(ArchiveReaderTest, EndsAreThoseThatReadingThePartGives) {
    std::vector<SealedPart> sealed = {put_part(test_part(1), hard_part(true)),
                                      put_part(test_part(2), own_line("r1", 1)),
                                      put_part(test_part(3), "torn"), put_part(test_part(4), "")};
    std::vector<log::PartEnds> expected;
    for (const SealedPart& part : sealed) {
        auto reader = testing::value_of(log::PartReader::open(dir_.layout(), part.part));
        log::Cursor cursor;
        while (const auto line = testing::value_of(reader.next())) cursor.advance(*line);
        expected.push_back({.size = ByteOffset(part.bytes),
                            .first = {cursor.first_line_offset, cursor.first_line_checksum},
                            .last = {cursor.last_line_offset, cursor.last_line_checksum}});
    }
    archive(sealed);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        SCOPED_TRACE(i);
        const auto ends = testing::value_of(reader_.ends(sealed[i].part));
        ASSERT_TRUE(ends);
        EXPECT_EQ(ends->size, expected[i].size);
        EXPECT_EQ(ends->first, expected[i].first);
        EXPECT_EQ(ends->last, expected[i].last);
    }
    EXPECT_FALSE(testing::value_of(reader_.ends(test_part(5))));
}

TEST_F(ArchiveReaderTest, APartOfAnArchiveIsListedAsSealedAndArchived) {
    const SealedPart sealed = put_part(test_part(2), own_line("r1", 1));
    const SealedPart bad = put_part(test_part(3), own_line("r1", 1));
    testing::expect_ok(os::write_file_atomic(dir_.layout().bad_path(bad.part), ""));
    archive({sealed, bad});
    const auto parts = testing::value_of(log::list_parts(log_source(dir_)));
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].id, sealed.part);
    EXPECT_EQ(parts[0].size, ByteOffset(sealed.bytes));
    EXPECT_TRUE(parts[0].sealed && parts[0].archived && !parts[0].bad);
    EXPECT_TRUE(parts[1].bad);
}

TEST_F(ArchiveReaderTest, AnArchiveThatIsMadeLaterIsSeen) {
    const log::LogSource source = log_source(dir_);
    EXPECT_TRUE(testing::value_of(source.archives()->list()).empty());
    archive({put_part(test_part(1), own_line("r1", 1))});
    EXPECT_EQ(testing::value_of(source.archives()->list()).size(), 1U);
}

TEST_F(ArchiveReaderTest, APartThatIsNowhereIsNotFound) {
    archive({put_part(test_part(1), own_line("r1", 1))});
    const auto opened = reader_.open(test_part(2));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::kNotFound);
}

TEST_F(ArchiveReaderTest, AFileThatIsNotThereIsDamageAndNotAbsence) {
    archive({put_part(test_part(1), own_line("r1", 1))});
    testing::expect_ok(os::remove_file(layout_.file_path(kTestDay, "events-000001.parquet")));
    const auto opened = reader_.open(test_part(1));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
}

TEST_F(ArchiveReaderTest, RowsThatAreMissingAreNoticed) {
    Manifest manifest = archive({put_part(test_part(1), own_line("r1", 1))});
    ++manifest.parts[0].bytes;
    testing::expect_ok(write_manifest(layout_, manifest));
    const auto opened = reader_.open(test_part(1));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
}

TEST_F(ArchiveReaderTest, NoFlippedByteOfAnArchiveStopsTheProcess) {
    const std::string part = hard_part(true);
    archive({put_part(test_part(1), part)});
    const std::string path = layout_.file_path(kTestDay, "events-000001.parquet");
    const std::string whole = testing::value_of(os::read_file(path, std::size_t{1} << 20));
    // A third of them: each is a question to DuckDB.
    for (std::size_t i = 0; i < whole.size(); i += 3) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        testing::expect_ok(os::write_file_atomic(path, damaged));
        // It may be in what nobody needs; the bytes of a part are compared by `verify --deep`.
        const auto opened = reader_.open(test_part(1));
        if (opened) continue;
        EXPECT_NE(opened.error().code(), ErrorCode::kNotFound) << i;
    }
}

TEST_F(ArchiveReaderTest, ColumnsAreWhatTheEnvelopeSays) {
    archive({put_part(test_part(1), own_line("r1", 1) + "no JSON\n" + foreign_line("r2", 7))});
    auto database = testing::value_of(duck::Database::open_in_memory());
    auto connection = testing::value_of(database.connect());
    const ParquetSource source =
        testing::value_of(parquet_source(layout_.file_path(kTestDay, "events-000001.parquet")));
    auto rows = testing::value_of(connection.query(
        "SELECT part, \"offset\", event_type, event_id, timestamp_ms, run_id, line IS NULL FROM " +
        source.sql));
    std::vector<std::string> found;
    while (testing::value_of(rows.next())) {
        std::string row;
        for (std::size_t i = 0; i < rows.column_count(); ++i) row += rows.text(i) + "|";
        found.push_back(row);
    }
    const std::string part = "day=2026-01-23/part-000001|";
    const std::size_t first = own_line("r1", 1).size();
    EXPECT_EQ(found,
              (std::vector<std::string>{part + "0|run.tagged|e-r1-1|1769126400001|r1|false|",
                                        part + fmt::format("{}|NULL|NULL|NULL|NULL|false|", first),
                                        part + fmt::format("{}|trial|f7|7|r2|false|", first + 8)}));
}

}  // namespace
}  // namespace daybook::archive
