// Lanes and fork(): a child shares its parent's descriptors, and with them the locks.
//
// Every lane's descriptor is kept in a list of the process.  In a forked child, before fork()
// returns there, all of them are closed: never unlocked, which would drop the parent's lock.
// Writers notice by the generation that they are in a child, and begin anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/result.h"
#include "os/file.h"

namespace daybook::log {

namespace detail {
extern std::atomic<std::uint64_t> fork_generation;
}

// From now on forks are noticed.
void watch_forks();

// Goes up by one in each forked child, once watch_forks() has been called.
inline std::uint64_t fork_generation() {
    return detail::fork_generation.load(std::memory_order_relaxed);
}

// Held while a lane is opened and put on the list; a fork waits for it, so no descriptor is missed.
std::unique_lock<std::mutex> lock_lane_list();

// Puts an open lane's descriptor on the list and takes over its ownership.  The caller holds
// lock_lane_list().  kLimit: too many lanes in this process.
Result<int> register_lane(os::UniqueFd fd);

// Closes a registered descriptor, unless a fork has done so.  `generation` is the fork_generation()
// in which it was registered.
void close_lane(int fd, std::uint64_t generation);

}  // namespace daybook::log
