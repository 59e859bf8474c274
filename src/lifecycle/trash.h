// trash/: what has been taken out of a ledger and can still be brought back.
//
//     trash/20260123T101500.250Z/entry.json                                    when it came here
//                                events/day=2026-01-21/part-000001.jsonl       where it was
//
// An entry is removed when it has lain for kTrashKeepMs (docs/formats/archive.md, "Trash").  The
// caller holds lifecycle.lock.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

inline constexpr std::int64_t kTrashKeepMs = std::int64_t{24} * 60 * 60 * 1000;

// What is taken out of the ledger together.  Not thread-safe.
class TrashEntry {
public:
    // `clock` must outlive this.  Nothing is made until something is moved.
    TrashEntry(const ledger::LedgerDir& dir, const Clock& clock) : dir_(dir), clock_(clock) {}

    // Moves a file or a directory of the ledger here, where it keeps its place below the ledger's
    // directory.  Durable when this returns.  A file that lies on another file system is copied,
    // and only then removed; a directory that does is kUnsupported.  kNotFound: there is nothing at
    // `path`.
    Status move(const std::string& path);
    // The same for many, with one sync a directory.  Of those that were moved before one that
    // fails, the names may not be durable.
    Status move_all(const std::vector<std::string>& paths);

    // "trash/20260123T101500.250Z"; empty: nothing has been moved.
    const std::string& name() const { return name_; }

private:
    Status begin();
    // What is not durable yet.
    struct Changed {
        std::set<std::string> here{};  // directories
        std::set<std::string> left{};
        std::vector<std::string> copied{};  // files that are to go from where they were
    };
    Status move_name(const std::string& path, Changed& changed);

    ledger::LedgerDir dir_;
    const Clock& clock_;
    std::string name_;
};

// Whether what a collection of artifacts has moved away may go.  Only the next collection knows
// whether an event names it after all, and brings it back (lifecycle/artifact_gc.h).
enum class TrashedArtifacts : std::uint8_t { kStay, kGo };

struct TrashReport {
    std::uint64_t removed = 0;  // entries
    std::uint64_t kept = 0;     // that have not lain for long enough, or are not ours to remove
    std::uint64_t failed = 0;   // that could not be removed, or looked at
    std::vector<std::string> notes{};
};

// Removes the entries that have lain for kTrashKeepMs: by the wall clock, and, if the machine has
// not been booted since, by the clock that nobody can set.  So a wall clock that jumps ahead
// empties nothing; an entry that came by one that was ahead goes by the other, or a day from now.
// A directory without an entry.json is left alone, with a note, unless it is empty.  So is an
// entry with a part that is nowhere else (lifecycle/trashed_parts.h).  What cannot be removed has
// a note, and the other entries go.
TrashReport empty_trash(const ledger::LedgerDir& dir, const Clock& clock,
                        TrashedArtifacts artifacts = TrashedArtifacts::kStay);

// Whether an entry says that it came here later than the clock says it is now.
bool came_by_clock_ahead(TimestampMs at, TimestampMs now);

}  // namespace daybook::lifecycle
