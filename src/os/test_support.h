// What tests of modules above the kernel need: a directory of their own, and calls that fail.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>

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

// While it lives every call is counted, and those that a test names fail.
class Faults {
public:
    Faults() : scoped_(cleared_table()) {}

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
    // No single write takes more, no single read gives more.
    void set_transfer_max(std::int64_t bytes) {
        plan().write_max = bytes;
        plan().read_max = bytes;
    }
    // Calls of one kind take so much longer.
    void delay(Call call, std::chrono::microseconds time) {
        plan().delays_us[index(call)] = time.count();
    }

private:
    struct Plan {
        std::atomic<int> total;
        std::array<std::atomic<int>, kCalls> counts;
        std::array<std::atomic<std::int64_t>, kCalls> delays_us;
        std::atomic<int> fail_total;
        std::atomic<int> fail_call;
        std::atomic<int> fail_count;
        std::atomic<int> error_number;
        std::atomic<bool> for_good;
        std::atomic<std::int64_t> room;
        std::atomic<std::int64_t> write_max;
        std::atomic<std::int64_t> read_max;

        void clear() {
            total = 0;
            for (auto& value : counts) value = 0;
            for (auto& value : delays_us) value = 0;
            fail_total = 0;
            fail_call = -1;
            fail_count = 0;
            error_number = 0;
            for_good = false;
            room = -1;
            write_max = -1;
            read_max = -1;
        }
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
        if (const std::int64_t us = plan().delays_us[index(call)]; us > 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(us));
        }
        const bool hit =
            due(total, plan().fail_total) ||
            (plan().fail_call == static_cast<int>(index(call)) && due(count, plan().fail_count));
        if (hit) errno = plan().error_number;
        return hit;
    }

    // An entry of the table that fails when it is due and else asks the kernel.
    template <Call kCall, auto kMember>
    struct Entry;
    template <Call kCall, typename R, typename... Args, R (*Syscalls::*kMember)(Args...)>
    struct Entry<kCall, kMember> {
        static R call(Args... args) {
            if (!fails(kCall)) return (kernel_syscalls().*kMember)(args...);
            if constexpr (kCall == Call::kClose) {
                // A close that fails has closed all the same.
                const int error_number = errno;
                (void)(kernel_syscalls().*kMember)(args...);
                errno = error_number;
            }
            if constexpr (std::is_pointer_v<R>) {
                return MAP_FAILED;
            } else {
                return R{-1};
            }
        }
    };

    static ssize_t write(int fd, const void* bytes, std::size_t count) {
        std::int64_t some = static_cast<std::int64_t>(count);
        if (plan().write_max >= 0) some = std::min<std::int64_t>(some, plan().write_max);
        if (plan().room >= 0) {
            if (plan().room == 0 && count > 0) {
                (void)fails(Call::kWrite);
                errno = ENOSPC;
                return -1;
            }
            some = std::min<std::int64_t>(some, plan().room);
        }
        const ssize_t written =
            Entry<Call::kWrite, &Syscalls::write>::call(fd, bytes, static_cast<std::size_t>(some));
        if (written > 0 && plan().room >= 0) plan().room -= written;
        return written;
    }
    static ssize_t pread(int fd, void* bytes, std::size_t count, off_t offset) {
        if (const std::int64_t most = plan().read_max; most >= 0) {
            count = std::min(count, static_cast<std::size_t>(most));
        }
        return Entry<Call::kPread, &Syscalls::pread>::call(fd, bytes, count, offset);
    }

    static const Syscalls& cleared_table() {
        plan().clear();
        return table();
    }
    static const Syscalls& table() {
        static const Syscalls faulty = [] {
            Syscalls entries{};
#define DAYBOOK_FAULTY_ENTRY(kind, name) entries.name = Entry<Call::kind, &Syscalls::name>::call;
            DAYBOOK_SYSCALL_LIST(DAYBOOK_FAULTY_ENTRY)
#undef DAYBOOK_FAULTY_ENTRY
            entries.write = write;
            entries.pread = pread;
            return entries;
        }();
        return faulty;
    }

    ScopedSyscalls scoped_;
};

}  // namespace daybook::os
