// What tests of modules above the kernel need: a directory of their own, and calls that fail.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/syscalls.h"
#include "support/temp_dir.h"

namespace daybook::os {

// In memory where there is such a place: tests sync a great deal, and what a sync does to a disk is
// not what they look at.
class TempDir : public testing::TempDir {
public:
    TempDir() : testing::TempDir(parent()) {}

private:
    static std::string parent() {
        const char* const in_memory = "/dev/shm/";
        return ::access(in_memory, W_OK) == 0 ? in_memory : ::testing::TempDir();
    }
};

// The system calls of the table, by name.
enum class Call {
    kOpen,
    kClose,
    kWrite,
    kPread,
    kFstat,
    kStat,
    kFtruncate,
    kFdatasync,
    kFsync,
    kRename,
    kLink,
    kUnlink,
    kMkdir,
    kFchmod,
    kFcntlLock,
};
inline constexpr std::size_t kCalls = 15;

// While it lives every call is counted, and those that a test names fail.
class Faults {
public:
    Faults() : scoped_(table()) { plan() = Plan(); }

    // Calls so far, of all kinds or of one.
    int count() const { return plan().total; }
    int count(Call call) const { return plan().counts[index(call)]; }

    // The `nth` call from now on (1 is the next) fails; with `for_good`, so do all after it.
    void fail(int nth, int error_number, bool for_good = false) {
        plan().fail_total = plan().total + nth;
        plan().error_number = error_number;
        plan().for_good = for_good;
    }
    // The same for the `nth` call of one kind.
    void fail(Call call, int nth, int error_number, bool for_good = false) {
        plan().fail_call = static_cast<int>(index(call));
        plan().fail_count = plan().counts[index(call)] + nth;
        plan().error_number = error_number;
        plan().for_good = for_good;
    }
    void fail_no_more() {
        plan().fail_total = 0;
        plan().fail_count = 0;
    }
    // So many bytes can be written from now on; then the disk is full.
    void set_room(std::int64_t bytes) { plan().room = bytes; }
    void set_endless_room() { plan().room = -1; }
    // No single write takes more.
    void set_write_max(std::int64_t bytes) { plan().write_max = bytes; }

private:
    struct Plan {
        std::atomic<int> total{0};
        std::array<std::atomic<int>, kCalls> counts{};
        std::atomic<int> fail_total{0};
        std::atomic<int> fail_call{-1};
        std::atomic<int> fail_count{0};
        std::atomic<int> error_number{0};
        std::atomic<bool> for_good{false};
        std::atomic<std::int64_t> room{-1};
        std::atomic<std::int64_t> write_max{-1};

        Plan& operator=(const Plan&) {
            total = 0;
            for (std::atomic<int>& value : counts) value = 0;
            fail_total = 0;
            fail_call = -1;
            fail_count = 0;
            for_good = false;
            room = -1;
            write_max = -1;
            return *this;
        }
        Plan() = default;
        Plan(const Plan&) = delete;
    };
    static std::size_t index(Call call) { return static_cast<std::size_t>(call); }
    // A global, because the table holds plain functions.
    static Plan& plan() {
        static Plan the_plan;
        return the_plan;
    }
    static bool due(int count, int at) {
        return at > 0 && (count == at || (plan().for_good && count > at));
    }
    // Whether this call is to fail; sets errno if so.
    static bool fails(Call call) {
        const int total = ++plan().total;
        const int count = ++plan().counts[index(call)];
        const bool hit =
            due(total, plan().fail_total) ||
            (plan().fail_call == static_cast<int>(index(call)) && due(count, plan().fail_count));
        if (hit) errno = plan().error_number;
        return hit;
    }
    static ssize_t write(int fd, const void* bytes, std::size_t count) {
        if (fails(Call::kWrite)) return -1;
        std::int64_t some = static_cast<std::int64_t>(count);
        if (plan().write_max >= 0) some = std::min<std::int64_t>(some, plan().write_max);
        if (plan().room >= 0) {
            if (plan().room == 0 && count > 0) {
                errno = ENOSPC;
                return -1;
            }
            some = std::min<std::int64_t>(some, plan().room);
            plan().room -= some;
        }
        return kernel_syscalls().write(fd, bytes, static_cast<std::size_t>(some));
    }
    static const Syscalls& table() {
        static const Syscalls faulty = {
            .open = [](const char* path, int flags,
                       mode_t mode) { return fails(Call::kOpen) ? -1 : ::open(path, flags, mode); },
            // A close that fails has closed all the same.
            .close =
                [](int fd) {
                    const bool failed = fails(Call::kClose);
                    const int error_number = errno;
                    const int result = ::close(fd);
                    errno = error_number;
                    return failed ? -1 : result;
                },
            .write = &Faults::write,
            .pread = [](int fd, void* bytes, std::size_t count, off_t offset) -> ssize_t {
                return fails(Call::kPread) ? -1 : ::pread(fd, bytes, count, offset);
            },
            .fstat = [](int fd,
                        struct stat* out) { return fails(Call::kFstat) ? -1 : ::fstat(fd, out); },
            .stat = [](const char* path,
                       struct stat* out) { return fails(Call::kStat) ? -1 : ::stat(path, out); },
            .ftruncate =
                [](int fd, off_t size) {
                    return fails(Call::kFtruncate) ? -1 : ::ftruncate(fd, size);
                },
            .fdatasync = [](int fd) { return fails(Call::kFdatasync) ? -1 : ::fdatasync(fd); },
            .fsync = [](int fd) { return fails(Call::kFsync) ? -1 : ::fsync(fd); },
            .rename = [](const char* from,
                         const char* to) { return fails(Call::kRename) ? -1 : ::rename(from, to); },
            .link = [](const char* from,
                       const char* to) { return fails(Call::kLink) ? -1 : ::link(from, to); },
            .unlink = [](const char* path) { return fails(Call::kUnlink) ? -1 : ::unlink(path); },
            .mkdir = [](const char* path,
                        mode_t mode) { return fails(Call::kMkdir) ? -1 : ::mkdir(path, mode); },
            .fchmod = [](int fd,
                         mode_t mode) { return fails(Call::kFchmod) ? -1 : ::fchmod(fd, mode); },
            .fcntl_lock =
                [](int fd, int command, struct flock* lock) {
                    return fails(Call::kFcntlLock) ? -1 : ::fcntl(fd, command, lock);
                },
        };
        return faulty;
    }

    ScopedSyscalls scoped_;
};

}  // namespace daybook::os
