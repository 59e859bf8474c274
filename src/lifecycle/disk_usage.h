// What a ledger takes on its disk, and of which days that is.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/calendar.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

// Bytes by what they are for.  A file under several names counts once.
struct DiskUsage {
    std::uint64_t parts = 0;      // events/, seals included
    std::uint64_t archives = 0;   // archive/
    std::uint64_t index = 0;      // index/
    std::uint64_t artifacts = 0;  // artifacts/
    std::uint64_t trash = 0;      // trash/
    std::uint64_t evidence = 0;   // torn/ and quarantine/
    std::uint64_t other = 0;

    std::uint64_t total() const {
        return parts + archives + index + artifacts + trash + evidence + other;
    }
    bool operator==(const DiskUsage&) const = default;
};

struct DayUsage {
    std::uint64_t log = 0;        // of the day's events: parts and archive
    std::uint64_t artifacts = 0;  // last written on that day
    bool operator==(const DayUsage&) const = default;
};

struct DiskLook {
    DiskUsage usage{};
    std::map<Day, DayUsage> days{};
};

// Looks at every file below the ledger's directory; symbolic links count as nothing, but for
// those directly in it, which are followed (artifacts/ may lie on another disk).  Files that go
// meanwhile are left out.
Result<DiskLook> look_at_disk(const ledger::LedgerDir& dir);

// The bytes of all files below `path`; 0 if it is not there.
Result<std::uint64_t> tree_bytes(const std::string& path);

}  // namespace daybook::lifecycle
