// `daybook gc artifacts`: moves to trash/ what lies below artifacts/ and no event names any more.
//
//     artifacts/objects/…   a copy that no event names
//     artifacts/runs/<run>/ the files of a run that has no events any more; of one whose summary is
//                           left, those that no other run's event names
//     artifacts/code/…      a diff that no event names
//     artifacts/inputs/…    a table that no configuration names
//
// All other files stay, and with them all of a run that has events: one that is hidden and can be
// brought back, one that a backtest is writing.
//
// The log is the judge, all of it, read by this call; no index is asked, and where a part of it is
// missing nothing is judged.  What was written within
// kGraceMs stays: its event may be on its way.  Where that is certain to matter, for objects, the
// store's lock keeps adders and collector apart (ledger/object_store.h): what is moved away was
// unnamed when all of the log that had come by then had been read.
//
// A clock that jumps ahead makes what is young look old.  Then it lies in trash/, for 24 hours by
// the clock that nobody can set and until the next call, which brings back what an event names
// meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/named_artifacts.h"

namespace daybook::lifecycle {

inline constexpr std::int64_t kGraceMs = std::int64_t{60} * 60 * 1000;

enum class GcKind { kObject, kRunDirectory, kRunFile, kDiff, kInput, kLeftover };
const char* to_string(GcKind kind);

struct GcItem {
    GcKind kind{};
    std::string path;  // relative to the ledger's directory
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::string reason;
    bool operator==(const GcItem&) const = default;
};

struct GcOptions {
    bool apply = false;
    int wait_ms = 0;  // for lifecycle.lock
    // For those who add artifacts by copy; what cannot be moved by then is left for the next time.
    int adders_wait_ms = 5'000;
    // What goes, as it is found; with `apply`, when it has gone.
    std::function<void(const GcItem&)> on_item{};
    NamedArtifacts::Progress progress{};
};

struct GcReport {
    std::uint64_t items = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t young = 0;     // unnamed, and too young to go
    std::uint64_t restored = 0;  // files of the trash that an event names
    std::uint64_t trash_removed = 0;
    std::string trash_entry{};  // where it is now; empty: nothing has been moved
    std::vector<std::string> notes{};
};

// Memory: eight bytes for each path that events name and for each run, and one run's files.
// kBusy: somebody else holds lifecycle.lock; kIo: a part of the log is missing (missing_parts.h);
// kUnsupported: artifacts lie on another disk than the trash; kCancelled: `progress` said so.
Result<GcReport> collect_artifacts(const ledger::LedgerDir& dir, const Clock& clock,
                                   const GcOptions& options);

}  // namespace daybook::lifecycle
