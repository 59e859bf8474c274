// `daybook adopt`: takes a log that other tools have begun as it is, and lets both write to it.
//
// Adopting reads everything, moves nothing, and makes at most two files: ledger.json, and
// events/_shared, which tells all of Daybook that tools without locks write here (log/sharing.h).
// What it finds is for `daybook repair`.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/seed_log.h"

namespace daybook::ledger {

struct AdoptOptions {
    bool dry_run = false;  // only look: no file is made
    bool finish = false;   // the other tools write no more: ends the time of sharing
    SeedLogProgress progress{};
    const Clock* clock = &system_clock();
};

struct AdoptReport {
    SeedLogReport log{};
    bool made_manifest = false;    // ledger.json was, or would be, made
    bool sharing_changed = false;  // events/_shared was, or would be, made; or renamed, to finish
};

// kNotFound: there is no log here; kUnsupported, kCorrupt: its ledger.json is another format's, or
// broken; kBusy, of `finish`: other tools have written within the last minute.  Doing it again
// changes nothing.
Result<AdoptReport> adopt(const LedgerDir& dir, const AdoptOptions& options = {});

}  // namespace daybook::ledger
