// Takes the runs of a bundle into a ledger.
//
// The bundle is read twice: first all of it is checked, and nothing is written; then its files are
// placed, and its events appended.  So one that is wrong in its last byte leaves no trace, and one
// whose import was killed is finished by the next: what is there is passed over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_placer.h"
#include "lifecycle/bundle_reader.h"
#include "lifecycle/incoming_events.h"

namespace daybook::lifecycle {

struct ImportBundleOptions {
    // Checks and asks, and writes nothing.
    bool dry_run = false;
    // Runs that retention has removed here come again.
    bool again = false;
    // How long to wait for whoever holds lifecycle.lock.
    int wait_ms = 0;
    BundleLimits limits{};
    // Compressed bytes read, of all that will be; false ends it with kCancelled.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
    const Clock* clock = &system_clock();
};

struct ImportBundleReport {
    std::string ledger_id{};  // of the ledger that the bundle comes from
    std::string exported_at{};
    std::vector<std::string> runs{};
    std::uint64_t bytes = 0;  // of the bundle
    std::string sha256{};
    IncomingReport events{};
    PlacedReport artifacts{};
    std::vector<std::string> types{};  // that the ledger did not know
    // Runs that were here already, and got new events.
    std::vector<std::string> extended_runs{};
    // Runs that are deleted here, with what came: they are out of sight.
    std::vector<std::string> deleted_runs{};
    // What was set right of the ledger's own files.
    std::vector<std::string> notes{};
    // Of the `ledger.imported` that says so; empty: there was nothing new.
    std::string event_id{};

    bool has_conflicts() const { return events.changed > 0 || artifacts.conflicts > 0; }
};

// Durable when it returns.  kNotFound: no such file; kCorrupt, kLimit, kUnsupported: the bundle is
// refused, and the message says which member and why; kAlreadyExists: retention removed a run of
// it, and not all of its events are here again; kBusy: somebody holds lifecycle.lock.
Result<ImportBundleReport> import_bundle(const ledger::LedgerDir& dir, const std::string& path,
                                         const ImportBundleOptions& options = {});

}  // namespace daybook::lifecycle
