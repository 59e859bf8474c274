#include "os/syscalls.h"

#include <cerrno>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

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

}  // namespace
}  // namespace daybook::os
