#include "lifecycle/tar.h"

#include <string>

#include <gtest/gtest.h>

#include "support/outcome.h"

namespace daybook::lifecycle {
namespace {

// The header of a file as a reader of all of it has it.
TarHeader read_back(const std::string& bytes) {
    TarHeader header = *testing::value_of(decode_tar_header(bytes.substr(0, kTarBlockBytes)));
    if (header.kind != kTarPax) return header;
    const std::string records = bytes.substr(kTarBlockBytes, header.bytes);
    const std::size_t next =
        kTarBlockBytes + static_cast<std::size_t>(header.bytes) + tar_padding(header.bytes);
    EXPECT_EQ(bytes.size(), next + kTarBlockBytes);
    TarHeader file = *testing::value_of(decode_tar_header(bytes.substr(next, kTarBlockBytes)));
    testing::expect_ok(apply_pax(records, file));
    return file;
}

TEST(Tar, PathsOfEachLengthComeBack) {
    for (std::size_t length = 1; length < 700; ++length) {
        for (const std::size_t slash_each : {7U, 90U, 101U, 160U, 1000U}) {
            std::string path(length, 'n');
            for (std::size_t at = slash_each; at + 1 < length; at += slash_each + 1) path[at] = '/';
            const TarHeader header = read_back(encode_tar_header(path, 5));
            EXPECT_EQ(header.path, path);
            EXPECT_EQ(header.bytes, 5U);
            EXPECT_EQ(header.kind, kTarFile);
        }
    }
}

TEST(Tar, SizesBeyondEightGiBComeBack) {
    for (const std::uint64_t bytes : {std::uint64_t{0}, (std::uint64_t{1} << 33) - 1,
                                      std::uint64_t{1} << 33, std::uint64_t{INT64_MAX}}) {
        EXPECT_EQ(read_back(encode_tar_header("a/b", bytes)).bytes, bytes);
    }
}

TEST(Tar, ABlockOfZerosIsTheEnd) {
    EXPECT_EQ(encode_tar_end().size(), 2 * kTarBlockBytes);
    const std::string block = encode_tar_end().substr(kTarBlockBytes);
    EXPECT_FALSE(testing::value_of(decode_tar_header(block)).has_value());
}

TEST(Tar, EachChangedByteOfAHeaderIsSeen) {
    const std::string header = encode_tar_header("artifacts/a", 5);
    for (std::size_t at = 0; at < header.size(); ++at) {
        std::string changed = header;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto read = decode_tar_header(changed);
        // The sum is digits, a NUL and a blank: the last two say nothing.
        if (read && at != 154 && at != 155) ADD_FAILURE() << at;
    }
}

TEST(Tar, RecordsThatAreNoneAreRefused) {
    TarHeader header;
    for (const char* records : {"x", "5", "5 a=\n6", "6 a=b\n", "0 a=b\n", "9 path=x",
                                "-1 path=x\n", "99999999999999999999 path=x\n", "9 path=x\nrest"}) {
        EXPECT_FALSE(apply_pax(records, header)) << records;
    }
    testing::expect_ok(apply_pax("9 path=x\n11 size=77\n", header));
    EXPECT_EQ(header.path, "x");
    EXPECT_EQ(header.bytes, 77U);
}

}  // namespace
}  // namespace daybook::lifecycle
