// Takes all runs of another ledger, which may be in use, or a copy of one that was: a node of a
// cluster keeps its own ledger, `rsync` brings it, and this makes one of many.
//
// Merging again takes what is new; a merge that was killed is finished by the next.  The source is
// only read.  Runs that retention has removed here are left out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_placer.h"
#include "lifecycle/incoming_events.h"
#include "lifecycle/merge_state.h"

namespace daybook::lifecycle {

struct MergeOptions {
    // Reads, asks and counts, and writes nothing.
    bool dry_run = false;
    // Takes back what retention has removed here, and reads all of the source for it.
    bool again = false;
    // How long to wait for whoever holds lifecycle.lock.
    int wait_ms = 0;
    // Bytes of the source read, of all that will be; false ends it with kCancelled.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
    const Clock* clock = &system_clock();
};

struct MergeReport {
    std::string ledger_id{};  // the source's
    std::uint64_t parts = 0;  // of it
    std::uint64_t parts_read = 0;
    // Of which nothing was taken, since they are nowhere, or a file of their archive is missing or
    // damaged: the next merge tries again.
    std::uint64_t unreadable_parts = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t runs = 0;  // of the events that came
    IncomingReport events{};
    PlacedReport artifacts{};
    std::vector<std::string> types{};  // that the ledger did not know
    std::uint64_t missing = 0;         // files that events name and that the source has not
    std::uint64_t damaged_files = 0;   // that have another content there than the events say
    // Events that stay where they are: of the source itself (`ledger.*`), of runs that retention
    // has removed here (those that it has left here do not count), and lines that are no events.
    std::uint64_t of_source = 0;
    std::uint64_t of_removed_runs = 0;
    std::uint64_t damaged = 0;
    // Of parts that earlier merges have read, and that are as they were: said again each time.
    PartTrouble earlier{};
    std::vector<std::string> notes{};
    // Of the `ledger.imported` that says so; empty: there was nothing new.
    std::string event_id{};

    bool has_conflicts() const {
        return events.changed > 0 || artifacts.conflicts > 0 || damaged > 0 || damaged_files > 0 ||
               unreadable_parts > 0;
    }
};

// Durable when it returns.  kNotFound: there is no ledger; kInvalidArgument: it is this one;
// kUnsupported: it is of a newer format; kBusy: somebody holds lifecycle.lock.
Result<MergeReport> merge_ledger(const ledger::LedgerDir& dir, const ledger::LedgerDir& source,
                                 const MergeOptions& options = {});

}  // namespace daybook::lifecycle
