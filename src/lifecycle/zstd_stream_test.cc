#include "lifecycle/zstd_stream.h"

#include <fcntl.h>

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/random.h"
#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

class ZstdStream : public ::testing::Test {
protected:
    std::string compress(const std::string& bytes, std::size_t piece) {
        const os::UniqueFd fd = testing::value_of(os::open_fd(path_, O_WRONLY | O_CREAT | O_TRUNC));
        ZstdWriter writer(fd.get(), path_);
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            testing::expect_ok(writer.write(std::string_view(bytes).substr(at, piece)));
        }
        testing::expect_ok(writer.finish());
        std::string compressed = testing::value_of(os::read_file(path_, 1 << 26));
        EXPECT_EQ(writer.bytes(), compressed.size());
        EXPECT_EQ(writer.sha256(), sha256_hex(compressed));
        return compressed;
    }
    // What a reader gives of it, whose source and whose buffer have `piece` bytes; "error".
    static std::string expand(std::string_view compressed, std::size_t piece) {
        ZstdReader reader([&](std::span<char> out) -> Result<std::size_t> {
            const std::size_t count = std::min({out.size(), compressed.size(), piece});
            compressed.copy(out.data(), count);
            compressed.remove_prefix(count);
            return count;
        });
        std::string bytes;
        std::string buffer(piece, '\0');
        while (true) {
            const auto got = reader.read(buffer);
            if (!got) return "error";
            bytes.append(buffer, 0, *got);
            if (*got < piece) return bytes;
        }
    }

    testing::TempDir temp_;
    std::string path_ = temp_ / "f";
};

TEST_F(ZstdStream, BytesComeBackInPiecesOfAnySize) {
    std::string bytes(300'000, 'a');
    SeededRandom random(7);
    for (std::size_t i = 0; i < 100'000; ++i) bytes[i] = static_cast<char>(random.next());
    for (const std::size_t piece : {997U, 65'536U, 1'000'000U}) {
        const std::string compressed = compress(bytes, piece);
        for (const std::size_t out : {991U, 131'072U, 300'000U, 1'000'000U}) {
            EXPECT_TRUE(expand(compressed, out) == bytes) << piece << " " << out;
        }
    }
    EXPECT_EQ(expand(compress("", 1), 10), "");
}

TEST_F(ZstdStream, EveryCutIsSeen) {
    const std::string compressed = compress("some bytes, and again some bytes", 100);
    for (std::size_t cut = 1; cut < compressed.size(); ++cut) {
        EXPECT_EQ(expand(compressed.substr(0, cut), 1000), "error") << cut;
    }
}

TEST_F(ZstdStream, WhatIsNoneIsRefused) {
    EXPECT_EQ(expand("no frame of zstd", 1000), "error");
    EXPECT_EQ(expand(compress("x", 1) + "rest", 1000), "error");
    // A frame whose window is 2 GiB.
    EXPECT_EQ(expand(std::string("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00", 9), 1000), "error");
}

}  // namespace
}  // namespace daybook::lifecycle
