// Examining a part line by line: what is damaged, missing or unfinished in it.
//
// An audit reads and takes no lock, so it may run beside writers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/scan.h"

namespace daybook::log {

enum class FindingKind {
    kDamaged,     // bytes that are no event
    kLost,        // lines are missing that were promised to survive power loss: an alarm
    kMissing,     // lines are missing; nothing says that a sync had returned for them
    kOutOfOrder,  // a line's number is not above the one before it
    kTorn,        // an unfinished line at the end of a part that nobody writes
    kSyncFailed,  // the part is marked `.bad`
};
const char* to_string(FindingKind kind);

struct Finding {
    FindingKind kind;
    PartId part;
    ByteOffset offset{};
    std::uint64_t length = 0;  // bytes, where bytes are meant
    std::string detail{};
    // kLost and kMissing: the first number that is missing, and how many; kOutOfOrder: the number.
    Seq seq{};
    std::uint64_t lines = 0;

    // Whether something is wrong.  Torn tails are what a writer's death leaves; that somebody cut
    // the part instead cannot be told from its bytes.
    bool is_problem() const { return kind != FindingKind::kTorn; }
};

struct AuditCounts {
    std::uint64_t bytes = 0;
    std::uint64_t ours = 0;
    std::uint64_t foreign = 0;
    std::uint64_t damaged = 0;
    bool reduced = false;  // retention has removed lines of what was read
};

// Calls `on_line` for every line of the part, damaged ones included, and `on_finding` for every
// finding.  Lines that retention has removed leave no gap.  A part that goes away meanwhile is
// kNotFound.
Result<AuditCounts> audit_part(const LogSource& source, const PartInfo& part,
                               const std::function<void(const Line&)>& on_line,
                               const std::function<void(Finding)>& on_finding);

}  // namespace daybook::log
