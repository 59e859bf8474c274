#include "archive/inflate.h"

#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/parquet_file.h"
#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

class InflateTest : public ArchiveTest {
protected:
    std::string path(std::string_view name = "events-000001.parquet") {
        return layout_.file_path(kTestDay, name);
    }
    std::string slowly(const ArchivedPart& part) {
        std::string bytes;
        testing::expect_ok(inflater_.inflate(path(), part, [&](std::string_view piece) {
            bytes += piece;
            return Status();
        }));
        return bytes;
    }
    std::string quickly(const ArchivedPart& part, unsigned threads) {
        std::string bytes(part.readable_bytes(), '?');
        std::mutex mutex;
        testing::expect_ok(inflater_.inflate_quickly(
            path(), part, threads, [&](ByteOffset offset, std::string_view piece) {
                const std::lock_guard lock(mutex);
                bytes.replace(offset.value(), piece.size(), piece);
                return Status();
            }));
        return bytes;
    }

    Inflater inflater_ = testing::value_of(Inflater::open());
};

TEST_F(InflateTest, AnyNumberOfThreadsGivesTheSame) {
    std::string bytes;
    for (std::uint64_t seq = 1; bytes.size() < 5 * kChunkBytes / 2; ++seq) {
        bytes += own_line("r1", seq) + (seq % 1000 == 0 ? "\n\xff\n" : "");
    }
    bytes += "torn";
    const Manifest manifest =
        archive({put_part(test_part(1), "before\n"), put_part(test_part(2), bytes),
                 put_part(test_part(3), "behind\n")});
    EXPECT_TRUE(slowly(manifest.parts[1]) == bytes);
    for (const unsigned threads : {1U, 2U, 3U, 9U}) {
        EXPECT_TRUE(quickly(manifest.parts[1], threads) == bytes) << threads;
    }
}

TEST_F(InflateTest, RowsThatAreMissingOrTooManyAreNoticed) {
    const std::string bytes = own_line("r1", 1) + own_line("r1", 2) + own_line("r1", 3);
    const Manifest manifest = archive({put_part(test_part(1), bytes)});
    const auto code_of = [&](const ArchivedPart& part) {
        const Status inflated =
            inflater_.inflate(path(), part, [](std::string_view) { return Status(); });
        return inflated ? std::string("ok") : std::string(to_string(inflated.error().code()));
    };
    const std::uint64_t line = own_line("r1", 1).size();
    ArchivedPart part = manifest.parts[0];
    part.bytes += 1;
    EXPECT_EQ(code_of(part), "corrupt");
    part = manifest.parts[0];
    part.bytes -= 2;
    EXPECT_EQ(code_of(part), "corrupt");
    part = manifest.parts[0];
    part.rewrites = 1;
    part.left_bytes = 2 * line;
    part.removed = {{.offset = ByteOffset(0), .length = line, .lines = 1}};
    EXPECT_EQ(code_of(part), "corrupt");
    part = manifest.parts[0];
    part.part = test_part(9);
    EXPECT_EQ(code_of(part), "corrupt");
    EXPECT_EQ(code_of(manifest.parts[0]), "ok");
}

TEST_F(InflateTest, WhatIsNoParquetIsDamageAndWhatIsNotThereIsNot) {
    const Manifest manifest = archive({put_part(test_part(1), own_line("r1", 1))});
    const auto error_of = [&](const std::string& file) {
        return inflater_.inflate(file, manifest.parts[0], [](std::string_view) { return Status(); })
            .error();
    };
    testing::expect_ok(os::write_file_atomic(path("x"), "no Parquet"));
    EXPECT_EQ(error_of(path("x")).code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error_of(path("x")).message().find('\n'), std::string::npos);
    EXPECT_EQ(error_of(path("absent")).code(), ErrorCode::kNotFound);
}

// A file that DuckDB has written, with row groups as it likes.
TEST_F(InflateTest, AnotherWritersFileIsReadToo) {
    std::string bytes;
    for (std::uint64_t seq = 1; bytes.size() < kChunkBytes; ++seq) bytes += own_line("r1", seq);
    const Manifest manifest = archive({put_part(test_part(1), bytes)});
    auto connection = testing::value_of(inflater_.database().connect());
    const ParquetSource source = testing::value_of(parquet_source(path()));
    const std::string copy = temp_ / "copy.parquet";
    testing::expect_ok(connection.execute(fmt::format(
        "COPY (FROM {}) TO '{}' (FORMAT parquet, ROW_GROUP_SIZE 10000)", source.sql, copy)));
    testing::expect_ok(os::rename(copy, path()));
    EXPECT_TRUE(quickly(manifest.parts[0], 4) == bytes);
}

TEST_F(InflateTest, NoMoreIsGivenThanTheManifestSays) {
    const Manifest manifest =
        archive({put_part(test_part(1), "short\n" + std::string(kLineBytesMax, 'x') + "\n")});
    ArchivedPart part = manifest.parts[0];
    part.bytes = 20;
    std::string given;
    const Status status = inflater_.inflate(path(), part, [&](std::string_view bytes) {
        given += bytes;
        return Status();
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(status.error().message().find(
                  "found a line of 16777216 bytes at offset 6, expected at most 14"),
              std::string::npos)
        << status.error().message();
    EXPECT_EQ(given, "");
}

TEST_F(InflateTest, AnErrorOfTheOneWhoTakesTheBytesIsPassedOn) {
    const Manifest manifest = archive({put_part(test_part(1), own_line("r1", 1))});
    const Status status = inflater_.inflate(
        path(), manifest.parts[0],
        [](std::string_view) -> Status { return fail(ErrorCode::kLimit, "no room"); });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace daybook::archive
