// Writes whole runs into a bundle: all their events that the log has, from parts and archives, and
// the files of theirs that lie in the ledger.
//
// Nothing is locked and nobody waits: what is appended while it reads may or may not be in it.
// Memory is bounded by the names of the files.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/bundle_reader.h"

namespace daybook::lifecycle {

struct ExportOptions {
    bool artifacts = true;
    // Replace the file that is there.
    bool replace = false;
    BundleLimits limits{};
    // Bytes of the log read, of all; false ends it with kCancelled.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
    const Clock* clock = &system_clock();
};

struct ExportReport {
    std::uint64_t runs = 0;
    std::uint64_t events = 0;
    std::uint64_t files = 0;
    std::uint64_t file_bytes = 0;
    std::uint64_t bytes = 0;  // of the bundle
    std::string sha256{};     // of the bundle
    // Files whose content is not what their name says: they are left out.
    std::uint64_t damaged_files = 0;
    // What is not in it though an event names it, or keeps it from being imported.
    std::vector<std::string> notes{};
};

// Writes the runs with these ids to `path`; synced when it returns, and nothing is left of an
// attempt that fails.  kNotFound: the log has no event of one of them; kAlreadyExists: there is
// something at `path`; kInvalidArgument: that is no file; kLimit: no import would take the bundle.
Result<ExportReport> export_runs(const ledger::LedgerDir& dir, const std::set<std::string>& runs,
                                 const std::string& path, const ExportOptions& options = {});

}  // namespace daybook::lifecycle
