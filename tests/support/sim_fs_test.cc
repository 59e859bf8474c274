#include "support/sim_fs.h"

#include <dirent.h>
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "os/file.h"
#include "os/filesystem.h"
#include "os/test_support.h"

namespace daybook::testing {
namespace {

// Calls below one directory, each told as text: what it was asked and what came of it.
class Caller {
public:
    explicit Caller(std::string root) : root_(std::move(root)) {}
    ~Caller() {
        for (const int fd : fds_) {
            if (fd >= 0) (void)calls().close(fd);
        }
    }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    // One call of sixteen kinds, drawn at random.
    std::string step(RandomSource& random) {
        const std::string a = draw_path(random);
        const std::string b = draw_path(random);
        const std::size_t slot = random.next() % kSlots;
        const int fd = fds_[slot];
        const std::uint64_t number = random.next() % 2'000;
        const std::string text(number, static_cast<char>('a' + number % 26));
        const auto size = static_cast<off_t>(number);
        switch (random.next() % 16) {
            case 0:
            case 1: return open(slot, a, random);
            case 2: return told("write", calls().write(fd, text.data(), text.size()));
            case 3: return told("truncate", calls().ftruncate(fd, size));
            case 4: return told("allocate", calls().fallocate(fd, 0, size / 2, size + 1));
            case 5: return told("fdatasync", calls().fdatasync(fd));
            case 6: return told("rename", calls().rename(a.c_str(), b.c_str()));
            case 7: return told("link", calls().link(a.c_str(), b.c_str()));
            case 8: return told("unlink", calls().unlink(a.c_str()));
            case 9: return told("mkdir", calls().mkdir(a.c_str(), 0755));
            case 10: return told("rmdir", calls().rmdir(a.c_str()));
            case 11: return told("chmod", calls().fchmod(fd, number % 2 == 0 ? 0444 : 0644));
            case 12: return lock(fd, number);
            case 13: return copy(a, b, fd, fds_[(slot + 1) % kSlots]);
            case 14: return read(fd, number);
            default: return told("close", close(slot));
        }
    }

    // Everything that can be seen.
    std::string picture(const std::string& directory = "") const {
        std::string text;
        const auto entries = os::list_dir(root_ + directory).value();
        for (const os::DirEntry& entry : entries) {
            const std::string path = directory + '/' + entry.name;
            struct stat status{};
            EXPECT_EQ(calls().stat((root_ + path).c_str(), &status), 0);
            text += path;
            if (entry.is_directory) {
                text += " directory\n" + picture(path);
                continue;
            }
            text += fmt::format(" {:o} {} {} {}\n", status.st_mode, status.st_nlink, status.st_size,
                                os::read_file(root_ + path, 1 << 20).value());
        }
        return text;
    }

private:
    static constexpr std::size_t kSlots = 4;
    static const os::Syscalls& calls() { return os::syscalls(); }

    static std::string told(std::string_view call, ssize_t result) {
        if (result >= 0) return fmt::format("{} {}", call, result);
        return fmt::format("{} {}", call, std::strerror(errno));
    }
    std::string draw_path(RandomSource& random) const {
        constexpr std::array kNames = {"/a", "/b", "/d", "/d/a", "/d/b", "/d/e", "/d/e/a", "/a/x"};
        return root_ + kNames[random.next() % kNames.size()];
    }
    std::string open(std::size_t slot, const std::string& path, RandomSource& random) {
        (void)close(slot);
        constexpr std::array kFlags = {O_RDONLY,
                                       O_RDWR,
                                       O_RDWR | O_APPEND,
                                       O_RDWR | O_APPEND | O_CREAT | O_EXCL,
                                       O_WRONLY | O_CREAT | O_TRUNC,
                                       O_RDWR | O_CREAT,
                                       O_RDONLY | O_DIRECTORY};
        fds_[slot] = calls().open(path.c_str(), kFlags[random.next() % kFlags.size()], 0644);
        return told("open", fds_[slot] < 0 ? -1 : 0);
    }
    int close(std::size_t slot) {
        const int result = calls().close(fds_[slot]);
        fds_[slot] = -1;
        return result;
    }
    static std::string copy(const std::string& a, const std::string& b, int from, int to) {
        const Status copied = os::copy_file(a, b, 0644);
        if (copied) return "copied";
        return told(to_string(copied.error().code()), calls().copy_file_range(from, to, 99));
    }
    static std::string lock(int fd, std::uint64_t number) {
        struct flock lock{};
        lock.l_type = number % 3 == 0 ? F_RDLCK : number % 3 == 1 ? F_WRLCK : F_UNLCK;
        lock.l_whence = SEEK_SET;
        const bool asks = number % 5 == 0 && lock.l_type != F_UNLCK;
        const int result = calls().fcntl_lock(fd, asks ? F_OFD_GETLK : F_OFD_SETLK, &lock);
        return fmt::format("{} {}", told("lock", result), asks && result == 0 ? lock.l_type : 0);
    }
    static std::string read(int fd, std::uint64_t number) {
        std::array<char, 4096> bytes{};
        const ssize_t got = number % 2 == 0 ? calls().read(fd, bytes.data(), number)
                                            : calls().pread(fd, bytes.data(), number, 100);
        const std::string text = told("read", got);
        return text + ' ' +
               std::string(bytes.data(), static_cast<std::size_t>(std::max(got, ssize_t{0})));
    }

    std::string root_;
    std::array<int, kSlots> fds_{-1, -1, -1, -1};
};

TEST(SimFsTest, ItAnswersAsTheKernelDoes) {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        SCOPED_TRACE(seed);
        const os::TempDir dir;
        SimFs fs;
        const ScopedSimFs in_force(fs);
        Caller kernel(dir.path());
        Caller sim{std::string(kSimRoot)};
        SeededRandom random_for_kernel(seed);
        SeededRandom random_for_sim(seed);
        for (int step = 0; step < 300; ++step) {
            SCOPED_TRACE(step);
            ASSERT_EQ(sim.step(random_for_sim), kernel.step(random_for_kernel));
        }
        ASSERT_EQ(sim.picture(), kernel.picture());
    }
}

TEST(SimFsTest, ADirectoryOfManyEntriesIsListedWhole) {
    SimFs fs;
    const ScopedSimFs in_force(fs);
    std::vector<os::DirEntry> expected;
    for (int i = 1000; i < 3000; ++i) {
        const std::string name = fmt::format("a-rather-long-name-{}", i);
        ASSERT_TRUE(os::open_fd("/sim/" + name, O_WRONLY | O_CREAT));
        expected.push_back({.name = name});
    }
    EXPECT_EQ(os::list_dir("/sim").value(), expected);
}

TEST(SimFsTest, ItsFileSystemIsLocalAndDurable) {
    SimFs fs;
    const ScopedSimFs in_force(fs);
    const os::FilesystemTraits traits = os::filesystem_traits("/sim").value();
    EXPECT_EQ(traits.type, "simfs");
    EXPECT_FALSE(traits.network);
    EXPECT_EQ(traits.not_durable, "");
}

TEST(SimFsTest, AFullDiskTakesWhatHasRoomAndThenNothing) {
    SimFs fs;
    const ScopedSimFs in_force(fs);
    const os::UniqueFd fd = os::open_fd("/sim/a", O_WRONLY | O_CREAT).value();
    fs.set_room(3);
    const os::WriteOutcome outcome = os::write_all(fd.get(), "hello", "/sim/a");
    EXPECT_EQ(outcome.written, 3U);
    EXPECT_EQ(outcome.error->code(), ErrorCode::kNoSpace);
    ASSERT_TRUE(os::truncate(fd.get(), ByteOffset(2), "/sim/a"));
    ASSERT_TRUE(os::write_file_atomic("/sim/b", "l"));
    ASSERT_FALSE(os::write_file_atomic("/sim/c", "l"));
    ASSERT_TRUE(os::remove_file("/sim/b"));
    ASSERT_TRUE(os::write_file_atomic("/sim/c", "l"));
    fs.mend();
    const os::UniqueFd at_end = os::open_fd("/sim/a", O_WRONLY | O_APPEND).value();
    EXPECT_FALSE(os::write_all(at_end.get(), "llo", "/sim/a").error);
    EXPECT_EQ(os::read_file("/sim/a", 100).value(), "hello");
}

TEST(SimFsTest, AFailThatIsAskedForStrikesOnce) {
    SimFs fs;
    const ScopedSimFs in_force(fs);
    fs.fail(os::Call::kMkdir, 2, EIO);
    EXPECT_TRUE(os::make_dirs("/sim/a"));
    EXPECT_FALSE(os::make_dirs("/sim/b"));
    EXPECT_TRUE(os::make_dirs("/sim/b"));
}

TEST(SimFsTest, EveryChangeIsToldOfBeforeItHappens) {
    SimFs fs;
    const ScopedSimFs in_force(fs);
    std::vector<std::string> told;
    fs.on_change([&](const SimChange& change) {
        told.push_back(fmt::format("{} {}{} {}", os::to_string(change.call),
                                   fs.tree().path_of(change.inode), change.name, change.bytes));
    });
    ASSERT_TRUE(os::write_file_atomic("/sim/a", "text"));
    const std::string temporary = fmt::format("a.tmp-{}", ::getpid());
    EXPECT_EQ(told,
              (std::vector<std::string>{"open " + temporary + " ", "write " + temporary + " text",
                                        "fdatasync " + temporary + " ", "rename a ", "fsync  "}));
}

}  // namespace
}  // namespace daybook::testing
