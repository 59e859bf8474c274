// Another index whose runs are answered beside the log's: the published snapshot of a ledger made
// from old files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/calendar.h"

namespace daybook::index {

struct ExtraIndex {
    // The source's name, as the ledger's ledger.json has it; unique among a ledger's.
    std::string name;
    // A published index file of this program's kIndexFormat: best a generation file, whose name
    // never comes to mean another.  Opened read-only; it may be unlinked once it is open.
    std::string snapshot;
    // Of a run that both have: created on a UTC day before this one, the source answers for it,
    // else the log.  Unset: the log.
    std::optional<Day> cutover{};
    // The event_id of the `ledger.imported` by which the log says that it has all of the source as
    // it is.  Until it does, the source answers for runs that the log has by an import alone.
    // Empty: it answers for none of them.
    std::string import_id{};
    // What was read, and how, as a `ledger.imported` has it in its field of this name; and when: an
    // import that has read the same in the same way later has all of it, too.
    std::string reading{};
    std::int64_t copied_at_ms = 0;

    bool operator==(const ExtraIndex&) const = default;
};

}  // namespace daybook::index
