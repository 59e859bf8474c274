#include "log/fork_guard.h"

#include <array>
#include <cstddef>
#include <type_traits>

#include "base/check.h"
#include "os/process.h"

namespace daybook::log {

constinit std::atomic<std::uint64_t> detail::fork_generation{0};

namespace {

constexpr std::size_t kProcessLanesMax = 1024;

// Process-wide because descriptors and fork() are: a child must close what any writer has open.
struct LaneList {
    std::mutex mutex;
    std::array<std::atomic<int>, kProcessLanesMax> fds;

    LaneList() {
        for (std::atomic<int>& fd : fds) fd.store(-1);
    }
};

LaneList& lane_list();

// Runs in a forked child, where only calls that are safe in a signal handler may be made.
void close_all_in_child() {
    LaneList& list = lane_list();
    for (std::atomic<int>& slot : list.fds) {
        const int fd = slot.exchange(-1);
        if (fd >= 0) os::UniqueFd(fd).reset();
    }
    detail::fork_generation.fetch_add(1);
}

void install_fork_handlers() {
    os::at_fork({.prepare = [] { lane_list().mutex.lock(); },
                 .in_parent = [] { lane_list().mutex.unlock(); },
                 .in_child =
                     [] {
                         close_all_in_child();
                         lane_list().mutex.unlock();
                     }});
}

LaneList& lane_list() {
    // Never destroyed: a fork may come while the process exits.  Not on the heap, where it would be
    // left behind when a library that holds it is unloaded.
    static_assert(std::is_trivially_destructible_v<LaneList>);
    static LaneList list;
    // The handlers come with the list, not with the first lane: lines that are only buffered belong
    // to this process as well.
    static const bool watched = [] {
        install_fork_handlers();
        return true;
    }();
    (void)watched;
    return list;
}

}  // namespace

void watch_forks() { (void)lane_list(); }

std::unique_lock<std::mutex> lock_lane_list() { return std::unique_lock(lane_list().mutex); }

Result<int> register_lane(os::UniqueFd fd) {
    for (std::atomic<int>& slot : lane_list().fds) {
        if (slot.load() >= 0) continue;
        slot.store(fd.get());
        return fd.release();
    }
    return fail(ErrorCode::kLimit, "open a part: this process has {} parts open for writing",
                kProcessLanesMax);
}

void close_lane(int fd, std::uint64_t generation) {
    if (fd < 0) return;
    const auto lock = lock_lane_list();
    // In a child the number may belong to another file by now.
    if (generation != fork_generation()) return;
    for (std::atomic<int>& slot : lane_list().fds) {
        if (slot.load() != fd) continue;
        slot.store(-1);
        os::UniqueFd(fd).reset();
        return;
    }
    DAYBOOK_CHECK(false);
}

}  // namespace daybook::log
