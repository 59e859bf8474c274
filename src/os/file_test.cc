#include "os/file.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::os {
namespace {

class FileTest : public ::testing::Test {
protected:
    void put(const std::string& path, std::string_view bytes) {
        const UniqueFd fd = open_fd(path, O_WRONLY | O_CREAT | O_TRUNC).value();
        ASSERT_FALSE(write_all(fd.get(), bytes, path).error);
    }
    std::string get(const std::string& path) { return read_file(path, 1 << 20).value_or("-"); }
    std::size_t entries() { return list_dir(dir_.path()).value().size(); }

    TempDir dir_;
    const std::string a_ = dir_ / "a";
    const std::string b_ = dir_ / "b";
};

TEST_F(FileTest, ADescriptorIsClosedByItsLastOwnerAndOnce) {
    int number = -1;
    {
        UniqueFd fd = open_fd(a_, O_RDWR | O_CREAT).value();
        number = fd.get();
        UniqueFd other = std::move(fd);
        EXPECT_FALSE(fd.valid());  // NOLINT(bugprone-use-after-move): what a move leaves.
        EXPECT_EQ(other.get(), number);
        EXPECT_NE(::fcntl(number, F_GETFD), -1);
    }
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST_F(FileTest, AssigningClosesWhatWasOwnedBefore) {
    UniqueFd fd = open_fd(a_, O_RDWR | O_CREAT).value();
    const int number = fd.get();
    fd = open_fd(b_, O_RDWR | O_CREAT).value();
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
    EXPECT_TRUE(fd.valid());
}

TEST_F(FileTest, AssigningADescriptorToItselfKeepsIt) {
    UniqueFd fd = open_fd(a_, O_RDWR | O_CREAT).value();
    UniqueFd& same = fd;
    fd = std::move(same);
    EXPECT_NE(::fcntl(fd.get(), F_GETFD), -1);
}

TEST_F(FileTest, NoDescriptorSurvivesExec) {
    const UniqueFd fd = open_fd(a_, O_RDWR | O_CREAT).value();
    EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(FileTest, InfoTellsFilesApartWhateverTheirNames) {
    put(a_, "12345");
    put(b_, "12345");
    ASSERT_TRUE(hard_link(a_, dir_ / "c"));
    const FileInfo a = *file_info(a_).value();
    EXPECT_EQ(a.size, ByteOffset(5));
    EXPECT_FALSE(a.is_directory);
    EXPECT_TRUE(a.is_regular);
    EXPECT_EQ(a.identity, file_info(dir_ / "c").value()->identity);
    EXPECT_NE(a.identity, file_info(b_).value()->identity);
    EXPECT_TRUE(file_info(dir_.path()).value()->is_directory);
    EXPECT_FALSE(file_info(dir_.path()).value()->is_regular);
    EXPECT_FALSE(file_info("/dev/null").value()->is_regular);
}

TEST_F(FileTest, NothingThereIsAnAnswerAndNotAnError) {
    EXPECT_EQ(exists(a_), false);
    put(a_, "");
    EXPECT_EQ(exists(a_), true);
    EXPECT_EQ(exists(a_ + "/below-a-file"), false);
}

TEST_F(FileTest, AWriteThatFallsShortIsCompleted) {
    Faults faults;
    faults.set_transfer_max(3);
    const UniqueFd fd = open_fd(a_, O_WRONLY | O_CREAT).value();
    const WriteOutcome outcome = write_all(fd.get(), "0123456789", a_);
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(outcome.written, 10U);
    EXPECT_EQ(faults.count(Call::kWrite), 4);
    EXPECT_EQ(get(a_), "0123456789");
}

TEST_F(FileTest, AWriteThatFailsSaysHowFarItCame) {
    for (std::int64_t room = 0; room < 10; ++room) {
        Faults faults;
        faults.set_room(room);
        const UniqueFd fd = open_fd(a_, O_WRONLY | O_CREAT | O_TRUNC).value();
        const WriteOutcome outcome = write_all(fd.get(), "0123456789", a_);
        EXPECT_EQ(outcome.written, static_cast<std::size_t>(room));
        ASSERT_TRUE(outcome.error);
        EXPECT_EQ(outcome.error->code(), ErrorCode::kNoSpace);
        EXPECT_EQ(get(a_).size(), static_cast<std::size_t>(room));
    }
}

TEST_F(FileTest, AWriteThatTakesNothingIsAnErrorAndNotTriedForEver) {
    Syscalls table = kernel_syscalls();
    table.write = [](int, const void*, std::size_t) -> ssize_t { return 0; };
    const UniqueFd fd = open_fd(a_, O_WRONLY | O_CREAT).value();
    const ScopedSyscalls in_force(table);
    const WriteOutcome outcome = write_all(fd.get(), "abc", a_);
    EXPECT_EQ(outcome.written, 0U);
    EXPECT_EQ(outcome.error->code(), ErrorCode::kIo);
}

TEST_F(FileTest, AnInterruptedCallIsRepeated) {
    put(a_, "abc");
    for (const Call call : {Call::kOpen, Call::kWrite, Call::kPread, Call::kFtruncate,
                            Call::kFdatasync, Call::kFsync}) {
        SCOPED_TRACE(static_cast<int>(call));
        Faults faults;
        faults.fail(call, 1, EINTR);
        const UniqueFd fd = open_fd(a_, O_RDWR).value();
        EXPECT_FALSE(write_all(fd.get(), "abc", a_).error);
        std::string bytes(3, ' ');
        EXPECT_EQ(read_at(fd.get(), ByteOffset(0), bytes, a_), 3U);
        EXPECT_TRUE(truncate(fd.get(), ByteOffset(3), a_));
        EXPECT_TRUE(sync_data(fd.get(), a_));
        EXPECT_TRUE(sync_dir(dir_.path()));
        EXPECT_EQ(bytes, "abc");
    }
}

TEST_F(FileTest, ReadAtStopsAtTheEndOnly) {
    put(a_, "0123456789");
    const UniqueFd fd = open_fd(a_, O_RDONLY).value();
    for (std::uint64_t offset = 0; offset <= 12; ++offset) {
        std::string bytes(4, '-');
        const std::size_t there = offset >= 10 ? 0 : std::min<std::uint64_t>(4, 10 - offset);
        ASSERT_EQ(read_at(fd.get(), ByteOffset(offset), bytes, a_), there);
        ASSERT_EQ(bytes.substr(0, there),
                  std::string("0123456789").substr(std::min<std::uint64_t>(offset, 10), 4));
    }
}

TEST_F(FileTest, ReadFileRefusesWhatIsTooLongOrNoFile) {
    put(a_, "12345");
    EXPECT_EQ(read_file(a_, 5), "12345");
    EXPECT_EQ(read_file(a_, 4).error().code(), ErrorCode::kLimit);
    EXPECT_EQ(read_file("/proc/self/stat", 4).error().code(), ErrorCode::kLimit);  // "0 bytes".
    EXPECT_EQ(read_file(b_, 4).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(read_file(dir_.path(), 4).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(FileTest, DirectoriesAreMadeAllTheWayAndTwice) {
    const std::string deep = dir_ / "x/y/z";
    EXPECT_TRUE(make_dirs(deep));
    EXPECT_TRUE(make_dirs(deep));
    EXPECT_TRUE(make_dirs(deep + "/w/"));
    EXPECT_TRUE(file_info(deep + "/w").value()->is_directory);
}

TEST_F(FileTest, ADirectoryThatAnotherMakesFirstIsMade) {
    Faults faults;
    faults.fail(Call::kMkdir, 3, EEXIST);  // After x/y could not be made, and x was.
    EXPECT_TRUE(make_dirs(dir_ / "x/y"));
    faults.fail(Call::kMkdir, 3, EROFS);
    EXPECT_EQ(make_dirs(dir_ / "z/y").error().code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(make_dirs("").error().code(), ErrorCode::kNotFound);
}

TEST_F(FileTest, ANewDirectoryIsMadeByOneAlone) {
    const std::string path = dir_ / "one";
    EXPECT_TRUE(make_new_dir(path));
    EXPECT_EQ(make_new_dir(path).error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(make_new_dir(path + "/a/b").error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(make_new_dir(path + "/a"));
    EXPECT_FALSE(remove_empty_dir(path));
    EXPECT_TRUE(remove_empty_dir(path + "/a"));
    EXPECT_TRUE(remove_empty_dir(path));
    EXPECT_EQ(remove_empty_dir(path).error().code(), ErrorCode::kNotFound);
}

TEST_F(FileTest, AFileInTheWayOfADirectoryIsSaid) {
    put(a_, "");
    EXPECT_FALSE(make_dirs(a_));
    EXPECT_FALSE(make_dirs(a_ + "/b/c"));
}

TEST_F(FileTest, ADirectorysEntriesComeSorted) {
    put(b_, "");
    put(a_, "");
    ASSERT_TRUE(make_dirs(dir_ / "aa"));
    EXPECT_EQ(list_dir(dir_.path()).value(),
              (std::vector<DirEntry>{{"a", false}, {"aa", true}, {"b", false}}));
    EXPECT_EQ(list_dir(dir_ / "none").error().code(), ErrorCode::kNotFound);
}

TEST_F(FileTest, ALinkIsWhatItLeadsToAndSaidToBeOne) {
    put(b_, "");
    ASSERT_TRUE(make_dirs(dir_ / "d"));
    ASSERT_EQ(::symlink("d", (dir_ / "to_d").c_str()), 0);
    ASSERT_EQ(::symlink("b", (dir_ / "to_b").c_str()), 0);
    ASSERT_EQ(::symlink("nothing", (dir_ / "to_nothing").c_str()), 0);
    EXPECT_EQ(list_dir(dir_.path()).value(), (std::vector<DirEntry>{{"b", false},
                                                                    {"d", true},
                                                                    {"to_b", false, true},
                                                                    {"to_d", true, true},
                                                                    {"to_nothing", false, true}}));
}

// As file systems do that keep no kinds in their directories.
TEST_F(FileTest, AnEntryWithoutItsKindIsLookedAt) {
    put(b_, "");
    ASSERT_TRUE(make_dirs(dir_ / "d"));
    ASSERT_EQ(::symlink("d", (dir_ / "to_d").c_str()), 0);
    Syscalls table = kernel_syscalls();
    table.getdents = [](int fd, void* out, std::size_t bytes) -> ssize_t {
        const ssize_t count = kernel_syscalls().getdents(fd, out, bytes);
        for (ssize_t at = 0; at < count;) {
            auto* entry = reinterpret_cast<struct dirent64*>(static_cast<char*>(out) + at);
            entry->d_type = DT_UNKNOWN;
            at += entry->d_reclen;
        }
        return count;
    };
    const ScopedSyscalls in_force(table);
    EXPECT_EQ(list_dir(dir_.path()).value(),
              (std::vector<DirEntry>{{"b", false}, {"d", true}, {"to_d", true, true}}));
}

TEST_F(FileTest, ATreeIsRemovedWithoutWhatItsLinksLeadTo) {
    ASSERT_TRUE(make_dirs(dir_ / "outside"));
    put(dir_ / "outside/precious", "p");
    ASSERT_TRUE(make_dirs(dir_ / "x"));
    ASSERT_EQ(::symlink("../outside", (dir_ / "x/out").c_str()), 0);
    ASSERT_EQ(::symlink(".", (dir_ / "x/loop").c_str()), 0);
    ASSERT_EQ(::symlink("outside", (dir_ / "to_outside").c_str()), 0);
    EXPECT_TRUE(remove_tree(dir_ / "x"));
    EXPECT_TRUE(remove_tree(dir_ / "to_outside"));
    EXPECT_TRUE(exists(dir_ / "outside/precious").value());
    EXPECT_EQ(entries(), 1U);
}

TEST_F(FileTest, ATreeThatCannotBeRemovedIsSaid) {
    put(a_, "");
    ASSERT_TRUE(make_dirs(dir_ / "x"));
    Faults faults;
    faults.fail(Call::kUnlink, 1, EIO);
    EXPECT_EQ(remove_tree(a_).error().code(), ErrorCode::kIo);
    faults.fail(Call::kRmdir, 1, EBUSY);
    EXPECT_EQ(remove_tree(dir_ / "x").error().code(), ErrorCode::kBusy);
    // As other systems answer for a directory; and one that goes meanwhile is gone.
    faults.fail(Call::kUnlink, 1, EPERM);
    EXPECT_TRUE(remove_tree(dir_ / "x"));
    ASSERT_TRUE(make_dirs(dir_ / "x"));
    faults.fail(Call::kRmdir, 1, ENOENT);
    EXPECT_TRUE(remove_tree(dir_ / "x"));
}

TEST_F(FileTest, RemovingWhatIsNotThereIsDone) {
    put(a_, "");
    EXPECT_TRUE(remove_file(a_));
    EXPECT_TRUE(remove_file(a_));
    ASSERT_TRUE(make_dirs(dir_ / "x/y"));
    EXPECT_TRUE(remove_tree(dir_ / "x"));
    EXPECT_TRUE(remove_tree(dir_ / "x"));
    EXPECT_EQ(entries(), 0U);
}

TEST_F(FileTest, AnAtomicWriteThatFailsAnywhereLeavesTheOldOrTheNewContentAndNothingElse) {
    int calls = 0;
    {
        Faults faults;
        ASSERT_TRUE(write_file_atomic(a_, "old"));
        calls = faults.count();
    }
    for (const int error_number : {EIO, ENOSPC, EACCES}) {
        for (int nth = 1; nth <= calls; ++nth) {
            SCOPED_TRACE(nth);
            put(a_, "old");
            Faults faults;
            faults.fail(nth, error_number);
            const Status status = write_file_atomic(a_, "new");
            const std::string content = get(a_);
            EXPECT_TRUE(content == "new" || (!status && content == "old")) << content;
            EXPECT_EQ(entries(), 1U);
        }
    }
}

TEST_F(FileTest, AnAtomicWriteIsSyncedBeforeItIsRenamed) {
    Faults faults;
    faults.fail(Call::kFdatasync, 1, EIO);
    EXPECT_FALSE(write_file_atomic(a_, "new"));
    EXPECT_EQ(faults.count(Call::kRename), 0);
}

// A power cut may leave a renamed file under both of its names.
TEST_F(FileTest, AnAtomicWriteLeavesAFileAloneThatHasItsTemporaryNameToo) {
    put(a_, "old");
    ASSERT_TRUE(hard_link(a_, fmt::format("{}.tmp-{}", a_, ::getpid())));
    {
        Faults faults;
        faults.fail(Call::kRename, 1, EIO);
        EXPECT_FALSE(write_file_atomic(a_, "new"));
    }
    EXPECT_EQ(read_file(a_, 100), "old");
    ASSERT_TRUE(write_file_atomic(a_, "new"));
    EXPECT_EQ(read_file(a_, 100), "new");
}

TEST_F(FileTest, ACopyHasTheBytesAndTheMode) {
    const std::string bytes(3'000'001, 'c');
    put(a_, bytes);
    ASSERT_TRUE(copy_file(a_, b_, 0400));
    EXPECT_EQ(read_file(b_, 4'000'000), bytes);
    EXPECT_EQ(file_info(b_).value()->mode, 0400U);
}

TEST_F(FileTest, ACopyOfAnOpenFileIsThatOfItAndNotOfItsName) {
    put(a_, "opened");
    const UniqueFd fd = open_fd(a_, O_RDONLY).value();
    put(b_, "another");
    ASSERT_TRUE(rename(b_, a_));
    ASSERT_TRUE(copy_open_file(fd.get(), a_, b_, 0600));
    EXPECT_EQ(get(b_), "opened");
}

TEST_F(FileTest, AFileWhoseTimeIsSetBackHasChangedAllTheSame) {
    put(a_, "old");
    const FileInfo before = *file_info(a_).value();
    ::usleep(20'000);  // The kernel's clock for files goes in steps of some milliseconds.
    put(a_, "new");
    const struct timespec times[2] = {{.tv_sec = before.modified_ns / 1'000'000'000,
                                       .tv_nsec = before.modified_ns % 1'000'000'000},
                                      {.tv_sec = before.modified_ns / 1'000'000'000,
                                       .tv_nsec = before.modified_ns % 1'000'000'000}};
    ASSERT_EQ(::utimensat(AT_FDCWD, a_.c_str(), times, 0), 0);
    const FileInfo after = *file_info(a_).value();
    EXPECT_EQ(after.modified_ns, before.modified_ns);
    EXPECT_GT(after.changed_ns, before.changed_ns);
}

TEST_F(FileTest, ACopyReachesAcrossFileSystems) {
    put(a_, "across");
    const std::string there = "/var/tmp/daybook-copy-" + std::to_string(::getpid());
    ASSERT_TRUE(copy_file(a_, there, 0600));
    EXPECT_EQ(get(there), "across");
    EXPECT_TRUE(remove_file(there));
}

TEST_F(FileTest, ACopyIsMadeByHandWhereTheKernelCannot) {
    put(a_, "by hand");
    for (const int error_number : {EXDEV, EINVAL, ENOSYS, EOPNOTSUPP}) {
        Faults faults;
        faults.fail(Call::kClone, 1, EOPNOTSUPP);
        faults.fail(Call::kCopyFileRange, 1, error_number);
        ASSERT_TRUE(copy_file(a_, b_, 0600)) << error_number;
        EXPECT_EQ(get(b_), "by hand");
    }
}

TEST_F(FileTest, ACopyThatFailsSaysSo) {
    put(a_, "content");
    {
        Faults faults;
        faults.fail(Call::kCopyFileRange, 1, EIO);
        EXPECT_EQ(copy_file(a_, b_, 0600).error().code(), ErrorCode::kIo);
    }
    Syscalls table = kernel_syscalls();
    table.copy_file_range = [](int, int, std::size_t) -> ssize_t {
        errno = EXDEV;
        return -1;
    };
    table.read = [](int, void*, std::size_t) -> ssize_t {
        errno = EIO;
        return -1;
    };
    {
        const ScopedSyscalls in_force(table);
        EXPECT_EQ(copy_file(a_, b_, 0600).error().code(), ErrorCode::kIo);
    }
    table.read = kernel_syscalls().read;
    table.write = [](int, const void*, std::size_t) -> ssize_t {
        errno = ENOSPC;
        return -1;
    };
    {
        const ScopedSyscalls in_force(table);
        EXPECT_EQ(copy_file(a_, b_, 0600).error().code(), ErrorCode::kNoSpace);
    }
    table.copy_file_range = [](int, int, std::size_t) -> ssize_t { return 0; };
    {
        const ScopedSyscalls in_force(table);
        EXPECT_NE(copy_file(a_, b_, 0600).error().message().find("it shrank while it was read"),
                  std::string::npos);
    }
}

TEST_F(FileTest, AFileSystemThatSharesBlocksIsAskedFirst) {
    put(a_, "shared");
    Syscalls table = kernel_syscalls();
    table.clone = [](int, int) { return 0; };
    table.copy_file_range = [](int, int, std::size_t) -> ssize_t { std::abort(); };
    const ScopedSyscalls in_force(table);
    EXPECT_TRUE(copy_file(a_, b_, 0600));
}

TEST_F(FileTest, AMapThatTakesAnothersPlaceShowsItsBytes) {
    put(a_, "one");
    put(b_, "two");
    const UniqueFd a = open_fd(a_, O_RDONLY).value();
    const UniqueFd b = open_fd(b_, O_RDONLY).value();
    MappedFile map = MappedFile::map(a.get(), 3, a_).value();
    map = MappedFile::map(b.get(), 3, b_).value();
    EXPECT_EQ(map.bytes(), "two");
}

TEST_F(FileTest, AMapShowsTheBytesAndMoves) {
    put(a_, "mapped");
    const UniqueFd fd = open_fd(a_, O_RDONLY).value();
    MappedFile map = MappedFile::map(fd.get(), 6, a_).value();
    MappedFile moved = std::move(map);
    EXPECT_EQ(moved.bytes(), "mapped");
    EXPECT_EQ(map.bytes(), "");  // NOLINT(bugprone-use-after-move): what a move leaves.
    EXPECT_EQ(MappedFile::map(fd.get(), 0, a_).value().bytes(), "");
    EXPECT_FALSE(MappedFile::map(-1, 6, a_));
}

TEST_F(FileTest, ModesAndSizesAreSet) {
    put(a_, "12345");
    const UniqueFd fd = open_fd(a_, O_RDWR).value();
    EXPECT_TRUE(set_mode(fd.get(), 0444, a_));
    EXPECT_TRUE(truncate(fd.get(), ByteOffset(2), a_));
    const FileInfo info = file_info(fd.get(), a_).value();
    EXPECT_EQ(info.mode, 0444U);
    EXPECT_EQ(info.size, ByteOffset(2));
}

TEST_F(FileTest, RenameReplacesAndItsErrorNamesBoth) {
    put(a_, "a");
    put(b_, "b");
    ASSERT_TRUE(rename(a_, b_));
    EXPECT_EQ(get(b_), "a");
    const std::string message = rename(a_, b_).error().message();
    EXPECT_NE(message.find(a_ + " to " + b_), std::string::npos);
}

TEST(Path, PartsAreJoinedAndTakenApart) {
    EXPECT_EQ(join_path("a", "b"), "a/b");
    EXPECT_EQ(join_path("a/", "b"), "a/b");
    EXPECT_EQ(parent_path("a/b"), "a");
    EXPECT_EQ(parent_path("a"), ".");
    EXPECT_EQ(parent_path("/a"), "/");
}

TEST_F(FileTest, ACanonicalPathHasNoDotsAndNoLinks) {
    ASSERT_TRUE(make_dirs(dir_ / "x"));
    ASSERT_EQ(::symlink("x", (dir_ / "link").c_str()), 0);
    EXPECT_EQ(canonical_path(dir_ / "./link/../link/new"), canonical_path(dir_.path()) + "/x/new");
    ASSERT_EQ(::symlink("round", (dir_ / "round").c_str()), 0);
    EXPECT_EQ(canonical_path(dir_ / "round/new"), dir_ / "round/new");
}

}  // namespace
}  // namespace daybook::os
