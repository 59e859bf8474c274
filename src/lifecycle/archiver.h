// `daybook archive`: sealed days become one Parquet file each, and their parts go to trash/.
//
//     lifecycle.lock ─▶ what an earlier one has left ─▶ of each day that is due:
//        events-000001.parquet.tmp, synced ─▶ read back to the SHA-256 of every seal ─▶ its name
//        ─▶ manifest.json, by rename: THE step ─▶ parts to trash/
//     ─▶ trash that has lain for a day is removed
//
// A crash before the manifest leaves all parts in events/, one behind it the whole archive; the
// next run finishes.  Readers meet a part in one place or the other at every moment, since they
// look into events/ first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/archive_plan.h"
#include "lifecycle/trash.h"

namespace daybook::lifecycle {

// Called now and then, from one thread at a time, with the bytes that are through and those there
// are: each is written and read back, and counts twice.  False stops the work after the step that
// is under way: kCancelled.
using ArchiveProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

struct ArchiveOptions {
    // Days that had ended by then; nullopt: a week ago.
    std::optional<TimestampMs> ended_before{};
    bool dry_run = false;  // says what would be done; changes nothing, takes no lock
    int wait_ms = 0;       // for lifecycle.lock
    // While one day is hashed, or synced, another one keeps the processors busy.
    std::size_t days_at_once = 2;
    const Clock* clock = &system_clock();
};

enum class ArchiveState {
    kArchived,
    kDue,     // dry run: it would be
    kLeft,    // it may not be yet; `detail` says why
    kFailed,  // its parts are where they were; `detail` says why
};
const char* to_string(ArchiveState state);

struct ArchiveOutcome {
    Day day{};
    ArchiveState state = ArchiveState::kArchived;
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;          // of JSONL
    std::uint64_t archive_bytes = 0;  // of the Parquet file; kArchived only
    std::string file{};               // its name; kArchived only
    // kArchived: why its parts are in events/ still; empty: they are not.
    std::string detail{};
};

struct ArchiveReport {
    std::vector<ArchiveOutcome> days{};  // by day
    // What an earlier run that was cut short had left, and what of it could not be settled.
    std::vector<std::string> finished{};
    std::vector<std::string> problems{};
    TrashReport trash{};
};

// kNotFound: no ledger; kBusy: somebody else holds lifecycle.lock; kCorrupt: a manifest cannot be
// read.  What goes wrong with one day is in its outcome, and the other days go on.
Result<ArchiveReport> archive_days(const ledger::LedgerDir& dir, const ArchiveOptions& options = {},
                                   const ArchiveProgress& progress = {});

}  // namespace daybook::lifecycle
