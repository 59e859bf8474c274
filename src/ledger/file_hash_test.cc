#include "ledger/file_hash.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/file.h"
#include "os/test_support.h"

namespace daybook::ledger {
namespace {

TEST(FileHashTest, IsThatOfTheBytesUpToTheLimit) {
    const os::TempDir dir;
    const std::string path = dir / "file";
    std::string bytes;
    for (int i = 0; bytes.size() < (std::size_t{5} << 19); ++i) bytes += fmt::format("{}\n", i);
    ASSERT_TRUE(os::write_file_atomic(path, bytes));
    const os::UniqueFd fd = os::open_fd(path, O_RDONLY).value();
    for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20,
                                    (std::size_t{1} << 20) + 1, bytes.size()}) {
        EXPECT_EQ(hash_file(fd.get(), path, limit),
                  (FileHash{.bytes = limit, .sha256 = sha256_hex(bytes.substr(0, limit))}));
    }
    EXPECT_EQ(hash_file(fd.get(), path),
              (FileHash{.bytes = bytes.size(), .sha256 = sha256_hex(bytes)}));
}

TEST(FileHashTest, WhatCannotBeReadIsAnError) {
    const os::TempDir dir;
    const os::UniqueFd fd = os::open_fd(dir.path(), O_RDONLY).value();
    EXPECT_EQ(hash_file(fd.get(), dir.path()).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace daybook::ledger
