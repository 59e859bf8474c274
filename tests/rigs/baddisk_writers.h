// Threads that write to a log on a disk that fails, and take no notice of it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/layout.h"

namespace daybook::testing {

struct BadDiskPlan {
    int threads = 1;
    std::uint32_t events_each = 100;
    std::uint64_t seed = 0;
};

struct BadDiskLog {
    std::set<std::string> attempted;  // event ids
    std::set<std::string> promised;   // of them, those that were acknowledged at `power`
    std::uint64_t refused = 0;
};

// Lets the threads write, in a process of their own.  An error: that process has died.
Result<BadDiskLog> write_to_bad_disk(const log::Layout& layout, const BadDiskPlan& plan);

// Appends one more event, at `power`, through a writer of its own.
Status append_afterwards(const log::Layout& layout);
inline constexpr const char* kAfterwardsId = "afterwards";

// The draft of an event with this id: what the body of its line must be.
std::string draft_of(const BadDiskPlan& plan, std::string_view event_id);

}  // namespace daybook::testing
