#include "os/syscalls.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/test_support.h"

namespace daybook::os {
namespace {

// What the system says to `call`, as errno's message; an open file and a directory to try it on.
std::string error_of(Call call, int fd, const std::string& dir) {
    const Syscalls& table = syscalls();
    const std::string file = dir + "/x";
    std::array<char, 64> bytes{};
    struct stat status{};
    struct flock lock{};
    errno = 0;
    switch (call) {
        case Call::kOpen: (void)table.open(file.c_str(), O_RDONLY, 0); break;
        case Call::kClose: (void)table.close(::dup(fd)); break;
        case Call::kRead: (void)table.read(fd, bytes.data(), 1); break;
        case Call::kPread: (void)table.pread(fd, bytes.data(), 1, 0); break;
        case Call::kWrite: (void)table.write(fd, bytes.data(), 1); break;
        case Call::kFstat: (void)table.fstat(fd, &status); break;
        case Call::kStat: (void)table.stat(dir.c_str(), &status); break;
        case Call::kGetdents: (void)table.getdents(fd, bytes.data(), bytes.size()); break;
        case Call::kFtruncate: (void)table.ftruncate(fd, 3); break;
        case Call::kFallocate: (void)table.fallocate(fd, 0, 0, 3); break;
        case Call::kFdatasync: (void)table.fdatasync(fd); break;
        case Call::kFsync: (void)table.fsync(fd); break;
        case Call::kRename: (void)table.rename(file.c_str(), file.c_str()); break;
        case Call::kLink: (void)table.link(file.c_str(), file.c_str()); break;
        case Call::kUnlink: (void)table.unlink(file.c_str()); break;
        case Call::kMkdir: (void)table.mkdir(file.c_str(), 0755); break;
        case Call::kRmdir: (void)table.rmdir(file.c_str()); break;
        case Call::kFchmod: (void)table.fchmod(fd, 0644); break;
        case Call::kCopyFileRange: (void)table.copy_file_range(fd, fd, 1); break;
        case Call::kClone: (void)table.clone(fd, fd); break;
        case Call::kMmap: (void)table.mmap(fd, 1); break;
        case Call::kFcntlLock: (void)table.fcntl_lock(fd, F_OFD_GETLK, &lock); break;
    }
    return std::strerror(errno);
}

TEST(Syscalls, TheKernelsTableIsInForceUntilAnotherIs) {
    EXPECT_EQ(&syscalls(), &kernel_syscalls());
    Syscalls other = kernel_syscalls();
    {
        const ScopedSyscalls scoped(other);
        EXPECT_EQ(&syscalls(), &other);
    }
    EXPECT_EQ(&syscalls(), &kernel_syscalls());
}

TEST(SyscallsDeathTest, TwoTablesAtOnceAreOurBug) {
    Syscalls other = kernel_syscalls();
    const ScopedSyscalls scoped(other);
    EXPECT_DEATH(ScopedSyscalls second(other), "check failed");
}

TEST(Faults, TheNthCallFailsAndNoOther) {
    const TempDir dir;
    Faults faults;
    faults.fail(Call::kOpen, 2, EMFILE);
    EXPECT_TRUE(open_fd(dir / "a", O_RDWR | O_CREAT));
    EXPECT_FALSE(open_fd(dir / "b", O_RDWR | O_CREAT));
    EXPECT_TRUE(open_fd(dir / "c", O_RDWR | O_CREAT));
    EXPECT_EQ(faults.count(Call::kOpen), 3);
}

TEST(Faults, AFullDiskTakesWhatThereIsRoomFor) {
    const TempDir dir;
    const UniqueFd fd = open_fd(dir / "a", O_RDWR | O_CREAT).value();
    Faults faults;
    faults.set_room(3);
    const WriteOutcome outcome = write_all(fd.get(), "abcdef", "a");
    EXPECT_EQ(outcome.written, 3U);
    EXPECT_EQ(outcome.error->code(), ErrorCode::kNoSpace);
}

// Every entry of the table is asked, on its way to the kernel, whether it is to fail.
TEST(Faults, EachCallCanBeMadeToFail) {
    const TempDir dir;
    const UniqueFd fd = open_fd(dir / "a", O_RDWR | O_CREAT).value();
    ASSERT_FALSE(write_all(fd.get(), "abc", "a").error);
    for (std::size_t i = 0; i < kCalls; ++i) {
        const Call call{static_cast<int>(i)};
        SCOPED_TRACE(to_string(call));
        Faults faults;
        faults.fail(call, 1, EXDEV, true);
        EXPECT_NE(error_of(call, fd.get(), dir.path()).find("Invalid cross-device link"),
                  std::string::npos);
        EXPECT_EQ(faults.count(call) > 0, true);
    }
}

TEST(Faults, ACallCanBeMadeToTakeLonger) {
    const TempDir dir;
    const UniqueFd fd = open_fd(dir / "a", O_RDWR | O_CREAT).value();
    Faults faults;
    faults.delay(Call::kFdatasync, std::chrono::milliseconds(5));
    const std::int64_t began_ns = system_clock().monotonic_ns();
    ASSERT_TRUE(sync_data(fd.get(), "a"));
    EXPECT_GE(system_clock().monotonic_ns() - began_ns, 5'000'000);
}

}  // namespace
}  // namespace daybook::os
