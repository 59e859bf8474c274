#include "lifecycle/stored_files.h"

#include <fcntl.h>

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/file.h"
#include "os/syscalls.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

class StoredFilesTest : public ::testing::Test {
protected:
    StoredFiles open() { return testing::value_of(StoredFiles::open(dir_)); }
    std::string bytes_of(const std::string& sha256) {
        return testing::value_of(os::read_file(dir_.file_path(sha256), 1000));
    }

    testing::TempDir temp_;
    BackupDir dir_{temp_.path()};
};

TEST_F(StoredFilesTest, TheSameBytesAreStoredOnce) {
    StoredFiles files = open();
    const StoredFile first = testing::value_of(files.store("some bytes"));
    EXPECT_TRUE(first.is_new);
    EXPECT_EQ(first.sha256, sha256_hex("some bytes"));
    EXPECT_EQ(bytes_of(first.sha256), "some bytes");
    StoredFiles again = open();
    EXPECT_FALSE(testing::value_of(again.store("some bytes")).is_new);
    EXPECT_TRUE(testing::value_of(again.has(first.sha256, 10)));
    EXPECT_FALSE(testing::value_of(again.has(first.sha256, 11)));
    EXPECT_FALSE(testing::value_of(again.has(std::string(64, '0'), 10)));
}

TEST_F(StoredFilesTest, OfAFileSoManyBytesAreStored) {
    std::ofstream(temp_ / "f") << "0123456789";
    const os::UniqueFd fd = testing::value_of(os::open_fd(temp_ / "f", O_RDONLY));
    StoredFiles files = open();
    EXPECT_EQ(testing::value_of(files.store(fd.get(), "f", 4)).sha256, sha256_hex("0123"));
    EXPECT_EQ(testing::value_of(files.store(fd.get(), "f", 99)).bytes, 10U);
    EXPECT_EQ(testing::value_of(files.store(fd.get(), "f", 0)).bytes, 0U);
}

TEST_F(StoredFilesTest, WhatAFileBeginsWith) {
    StoredFiles files = open();
    const std::string sha256 = testing::value_of(files.store("0123456789")).sha256;
    EXPECT_TRUE(testing::value_of(files.begins_with(sha256, 4, sha256_hex("0123"))));
    EXPECT_FALSE(testing::value_of(files.begins_with(sha256, 4, sha256_hex("0124"))));
    EXPECT_FALSE(testing::value_of(files.begins_with(sha256, 11, sha256)));
}

TEST_F(StoredFilesTest, BytesThatHaveGoneBadAreStoredAnew) {
    const std::string sha256 = testing::value_of(open().store("some bytes")).sha256;
    std::ofstream(dir_.file_path(sha256)) << "same bytes";
    EXPECT_TRUE(testing::value_of(open().store("some bytes")).is_new);
    EXPECT_EQ(bytes_of(sha256), "some bytes");
}

// A disk that says yes and keeps something else.
ssize_t write_otherwise(int fd, const void* bytes, std::size_t count) {
    std::string other(static_cast<const char*>(bytes), count);
    other.back() ^= 1;
    return os::kernel_syscalls().write(fd, other.data(), count);
}

TEST_F(StoredFilesTest, WhatReadsOtherwiseThanItWasWrittenIsAnError) {
    StoredFiles files = open();
    os::Syscalls table = os::kernel_syscalls();
    table.write = write_otherwise;
    const os::ScopedSyscalls bad(table);
    const auto stored = files.store("some bytes");
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code(), ErrorCode::kCorrupt);
}

TEST_F(StoredFilesTest, WhatIsNotListedGoes) {
    StoredFiles files = open();
    const std::string kept = testing::value_of(files.store("kept")).sha256;
    const std::string gone = testing::value_of(files.store("gone")).sha256;
    std::ofstream(dir_.coming_path()) << "half";
    EXPECT_EQ(testing::value_of(files.keep_only({kept})), 1U);
    EXPECT_EQ(bytes_of(kept), "kept");
    EXPECT_FALSE(testing::value_of(files.has(gone, 4)));
    EXPECT_FALSE(testing::value_of(os::exists(dir_.coming_path())));
}

}  // namespace
}  // namespace daybook::lifecycle
