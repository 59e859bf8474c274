// Threads that record on a disk that becomes full, is full, and has room again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "rigs/fulldisk_disk.h"

namespace daybook::testing {

struct FullDiskPlan {
    int threads = 1;
    std::uint64_t room_bytes = 0;  // how much fits once the ledger is there
    std::uint64_t seed = 0;
};

struct FullDiskOutcome {
    std::vector<std::string> problems;
    std::uint64_t acknowledged = 0;
    std::uint64_t refused = 0;
    // `power` events that were refused because their sync failed: the log may have them.
    std::uint64_t refused_but_there = 0;
    std::uint64_t failed_syncs = 0;     // parts with a `.bad`
    std::uint64_t runs_that_ended = 0;  // whose `run.failed` was written to the full disk
};

// Records to a new ledger on the disk until it is full, goes on while it is, makes room, goes on,
// and reads everything back.  For a process of its own: it changes resource limits.
Result<FullDiskOutcome> record_on_full_disk(SmallDisk& disk, const FullDiskPlan& plan);

}  // namespace daybook::testing
