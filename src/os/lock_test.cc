#include "os/lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/process.h"
#include "os/test_support.h"

namespace daybook::os {
namespace {

class LockTest : public ::testing::Test {
protected:
    UniqueFd open() { return open_fd(path_, O_RDWR | O_CREAT).value(); }
    bool lock(const UniqueFd& fd) { return try_lock(fd.get(), path_).value(); }

    TempDir dir_;
    const std::string path_ = dir_ / "x.lock";
};

TEST_F(LockTest, OneOpenFileHasItUntilItIsClosed) {
    UniqueFd a = open();
    UniqueFd b = open();
    EXPECT_TRUE(lock(a));
    EXPECT_FALSE(lock(b));
    EXPECT_TRUE(lock(a));  // Again is no news.
    a.reset();
    EXPECT_TRUE(lock(b));
}

TEST_F(LockTest, ClosingAnotherDescriptorOfTheFileDoesNotDropIt) {
    UniqueFd a = open();
    ASSERT_TRUE(lock(a));
    open().reset();
    EXPECT_FALSE(lock(open()));
}

TEST_F(LockTest, ItCanBeAskedAboutWithoutBeingTaken) {
    UniqueFd a = open();
    const UniqueFd reader = open_fd(path_, O_RDONLY).value();
    EXPECT_EQ(is_locked(reader.get(), path_), false);
    ASSERT_TRUE(lock(a));
    EXPECT_EQ(is_locked(reader.get(), path_), true);
    EXPECT_EQ(is_locked(a.get(), path_), false);  // By another, that is.
    a.reset();
    EXPECT_EQ(is_locked(reader.get(), path_), false);
}

TEST_F(LockTest, AForkSharesItAndItLivesAsLongAsEither) {
    UniqueFd a = open();
    ASSERT_TRUE(lock(a));
    int release[2];
    ASSERT_EQ(::pipe(release), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(release[1]);
        char byte = 0;
        (void)!::read(release[0], &byte, 1);
        ::_exit(0);
    }
    ::close(release[0]);
    a.reset();
    EXPECT_FALSE(lock(open()));
    ::close(release[1]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_TRUE(lock(open()));
}

// A child that holds a lock of its own, as DuckDB does, until `release` is closed.
class RecordLock {
public:
    RecordLock(const std::string& path, short type) {
        int taken[2];
        EXPECT_EQ(::pipe(taken), 0);
        EXPECT_EQ(::pipe(release_), 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::close(release_[1]);
            const UniqueFd fd = open_fd(path, O_RDWR).value();
            struct flock lock{};
            lock.l_type = type;
            char byte = ::fcntl(fd.get(), F_SETLK, &lock) == 0 ? 'y' : 'n';
            (void)!::write(taken[1], &byte, 1);
            (void)!::read(release_[0], &byte, 1);
            ::_exit(0);
        }
        ::close(release_[0]);
        char byte = 0;
        EXPECT_EQ(::read(taken[0], &byte, 1), 1);
        EXPECT_EQ(byte, 'y');
        ::close(taken[0]);
        ::close(taken[1]);
    }
    ~RecordLock() {
        ::close(release_[1]);
        EXPECT_EQ(::waitpid(child_, nullptr, 0), child_);
    }
    RecordLock(const RecordLock&) = delete;
    RecordLock& operator=(const RecordLock&) = delete;

    pid_t child() const { return child_; }

private:
    int release_[2] = {-1, -1};
    pid_t child_ = -1;
};

TEST_F(LockTest, AWriterIsNamedByItsNumberAndAReaderIsInNobodysWay) {
    const UniqueFd fd = open();
    EXPECT_EQ(write_lock_holder(fd.get(), path_).value(), std::nullopt);
    {
        const RecordLock writer(path_, F_WRLCK);
        EXPECT_EQ(write_lock_holder(fd.get(), path_).value(), writer.child());
    }
    {
        const RecordLock reader(path_, F_RDLCK);
        EXPECT_EQ(write_lock_holder(fd.get(), path_).value(), std::nullopt);
    }
    const UniqueFd other = open();
    ASSERT_TRUE(lock(other));
    EXPECT_EQ(write_lock_holder(fd.get(), path_).value(), 0);  // No process owns that lock.
}

TEST_F(LockTest, AFileSystemWithoutLocksIsAnErrorAndNotALostRace) {
    const UniqueFd a = open();
    Faults faults;
    faults.fail(Call::kFcntlLock, 1, ENOLCK, true);
    EXPECT_EQ(try_lock(a.get(), path_).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(is_locked(a.get(), path_).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(write_lock_holder(a.get(), path_).error().code(), ErrorCode::kUnsupported);
}

TEST_F(LockTest, ALockFileTellsWhoHoldsIt) {
    const LockFile held = LockFile::acquire(path_, 0).value();
    const Result<LockFile> second = LockFile::acquire(path_, 0);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::kBusy);
    const std::string holder = fmt::format("held by pid {} on {} since ", ::getpid(), host_name());
    EXPECT_NE(second.error().message().find(holder), std::string::npos) << second.error().message();
}

TEST_F(LockTest, AHolderThatSaysNothingIsAnotherProcess) {
    const UniqueFd silent = open();
    ASSERT_TRUE(lock(silent));
    EXPECT_EQ(LockFile::acquire(path_, 0).error().message(),
              "lock " + path_ + ": held by another process");
}

TEST_F(LockTest, AHolderThatCannotSayWhoItIsHoldsTheLockStill) {
    Faults faults;
    faults.fail(Call::kFtruncate, 1, EIO);
    const Result<LockFile> held = LockFile::acquire(path_, 0);
    ASSERT_TRUE(held);
    EXPECT_FALSE(lock(open()));
}

TEST_F(LockTest, ALockFileIsFreeAgainAfterItsHolder) {
    {
        const LockFile held = LockFile::acquire(path_, 0).value();
    }
    EXPECT_TRUE(LockFile::acquire(path_, 0));
}

// Otherwise two would hold "the lock" of one path: who has locked the file that was removed, and
// who comes after it and makes another.
TEST_F(LockTest, WhoLocksAFileThatWasRemovedMeanwhileLocksTheOneThatIsThere) {
    static std::string path;
    path = path_;
    Syscalls table = kernel_syscalls();
    table.fcntl_lock = [](int fd, int command, struct flock* lock) {
        // Its holder removes it, and lets it go, before it is locked.
        if (!path.empty()) ::unlink(std::exchange(path, "").c_str());
        return kernel_syscalls().fcntl_lock(fd, command, lock);
    };
    std::optional<LockFile> held;
    {
        const ScopedSyscalls in_force(table);
        held = LockFile::acquire(path_, 10'000).value();
    }
    EXPECT_TRUE(exists(path_).value());
    EXPECT_EQ(LockFile::acquire(path_, 0).error().code(), ErrorCode::kBusy);
}

TEST_F(LockTest, WaitingEndsWhenTheTimeIsOverAndNotBefore) {
    const LockFile held = LockFile::acquire(path_, 0).value();
    const std::int64_t before = system_clock().monotonic_ns();
    EXPECT_FALSE(LockFile::acquire(path_, 60));
    EXPECT_GE(system_clock().monotonic_ns() - before, 60'000'000);
}

TEST_F(LockTest, WaitingEndsWhenTheHolderDies) {
    int locked[2];
    ASSERT_EQ(::pipe(locked), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const Result<LockFile> held = LockFile::acquire(path_, 0);
        (void)!::write(locked[1], "x", 1);
        ::usleep(50'000);
        ::_exit(held ? 0 : 1);  // Nothing is destroyed: the kernel drops the lock.
    }
    char byte = 0;
    ASSERT_EQ(::read(locked[0], &byte, 1), 1);
    EXPECT_TRUE(LockFile::acquire(path_, 10'000));
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(LockTest, SharedLocksKeepOutOneAloneAndNotEachOther) {
    UniqueFd a = lock_path(path_, LockKind::kShared, 0).value();
    UniqueFd b = lock_path(path_, LockKind::kShared, 0).value();
    EXPECT_EQ(lock_path(path_, LockKind::kExclusive, 20).error().code(), ErrorCode::kBusy);
    a.reset();
    EXPECT_FALSE(lock_path(path_, LockKind::kExclusive, 0));
    b.reset();
    const UniqueFd alone = lock_path(path_, LockKind::kExclusive, 0).value();
    EXPECT_FALSE(lock_path(path_, LockKind::kShared, 0));
}

}  // namespace
}  // namespace daybook::os
