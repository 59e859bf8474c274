// `daybook repair`: deals with what is torn, damaged or left behind in a ledger, and never destroys
// anything.
//
// Safe beside writers and readers: it appends as every writer does, in lanes of its own, and of a
// part it changes nothing but an unfinished line at the end, under the part's lock.  It may be
// killed at any moment and run again.  What it has done it records as `ledger.repaired` events, so
// that a second run finds nothing to do and `verify` knows the damage (ledger/repairs.h).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/repair_plan.h"
#include "log/log_source.h"

namespace daybook::ledger {

struct RepairOptions {
    bool dry_run = false;  // only look and plan: no byte is changed, no file made, no lock taken
    int wait_ms = 10'000;  // for lifecycle.lock
    LookProgress progress{};
    // Where parts may have gone that hold what an earlier repair has said.  Null: nowhere.
    std::shared_ptr<const log::ArchivedParts> archives{};
};

struct RepairReport {
    // What was done, or would be; each step's detail says how it went where that differs.
    std::vector<RepairStep> steps;
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
    std::uint64_t recovered = 0;  // records that were appended, or would be
    std::uint64_t unsaved = 0;    // events that are gone for good
    std::uint64_t left = 0;       // steps that somebody has to look at

    // Whether anything was, or is, to be done.
    bool has_work() const;
};

// kNotFound: no ledger there; kUnsupported: another format; kCorrupt: its ledger.json is broken;
// kBusy: another repair, or what touches sealed parts, is at work.  Any other error: it came to a
// stop half-way, what was done stays done, and it can be run again.
Result<RepairReport> repair(const LedgerDir& dir, const RepairOptions& options = {});

}  // namespace daybook::ledger
