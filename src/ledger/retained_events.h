// What the log says of retentions: its ledger.retained events, against which archives are held.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/layout.h"

namespace daybook::ledger {

inline constexpr std::string_view kRetainedType = "ledger.retained";

// Fields that are missing, or of another kind, are as if nobody had written them.
struct RetainedEvent {
    std::string first_day{};      // "2026-01-23"; of a retention's the only one
    std::string ranges_sha256{};  // of what it has removed
    std::string left_sha256{};    // of what it has left
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::uint64_t batch = 1;  // of `batches` that stand for one retention of a day
    std::uint64_t batches = 1;
    bool operator==(const RetainedEvent&) const = default;
};
using RetainedEvents = std::map<std::string, RetainedEvent, std::less<>>;  // by event id

RetainedEvent read_retained_event(std::string_view line);

// Those of the parts below events/, where all lie that have been appended of late.
Result<RetainedEvents> read_retained_events(const log::Layout& layout);

}  // namespace daybook::ledger
