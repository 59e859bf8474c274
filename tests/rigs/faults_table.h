// A table of system calls in which some fail, and which keeps account of what a disk would hold.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "os/syscalls.h"

namespace daybook::testing {

// Calls number `nth` to `nth + times - 1` of one kind fail; with `half`, call `nth` moves half of
// its bytes, and those after it fail.
struct Fault {
    os::Call call = os::Call::kOpen;
    int nth = 0;  // from 1 on; 0: none fails
    int error_number = 0;
    int times = 1;
    bool half = false;  // kWrite and kPread only
};
inline constexpr int kFromThenOn = 1'000'000'000;
// "write 3 fails with ENOSPC, from then on".
std::string to_string(const Fault& fault);

// What is known to survive a power cut.
struct Durable {
    std::map<ino_t, std::uint64_t> bytes;            // so many from the file's beginning
    std::map<ino_t, std::set<std::string>> entries;  // by directory
    std::set<ino_t> renamed_into;                    // directories not synced since
    // A sync of the file has failed: later ones prove nothing.
    std::set<ino_t> refused;
};

// In force while it lives.  At most one at a time; for one thread.
class FaultTable {
public:
    explicit FaultTable(const Fault& fault);

    int count(os::Call call) const;
    // Whether any call has failed.
    bool hit() const;
    // As of now.
    std::shared_ptr<const Durable> durable() const;

private:
    os::ScopedSyscalls scoped_;
};

}  // namespace daybook::testing
