// `daybook legacy import`: an old file, as it is now, into a ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/import.h"
#include "legacy/sources.h"

namespace daybook::legacy {

struct ImportFileOptions {
    // Of the source; empty: default_source_name(), unless that is another file's.
    std::string name{};
    std::string mapping{};  // as load_mapping() takes it
    // How long to wait for another importer, and for whoever holds the file for writing.
    int wait_ms = 10'000;
    std::uint64_t memory_bytes_max = std::uint64_t{1} << 30;
    // The attached source that the file is: where the file is missing, held or damaged, the last
    // good copy of it serves, and a note says so.
    std::optional<Source> source{};
    bool also_own_runs = false;  // as ImportOptions has them
    bool also_removed_runs = false;
    bool also_early_times = false;
    // Nothing of the log changes; a ledger that is not there stays so.
    bool dry_run = false;
    std::function<bool(const ImportProgress&)> progress{};
    // Asked while it waits for whoever holds the file; false ends it with kCancelled.
    std::function<bool()> keep_on{};
};

// Copies the file at `path` into the ledger's index/, imports from the copy, and takes the copy
// away. One import of a ledger at a time (`legacy.lock`).  kBusy: another one is going on, or the
// file is held; the message says by whom.  kInvalidArgument: no name is given, and that of the file
// is the name of another one that is attached or imported, or a time is an early one.  Errors of
// copy_source(), parse_mapping() and EventStream::open().
Result<ImportReport> import_file(const ledger::LedgerDir& dir, const std::string& path,
                                 const ImportFileOptions& options);

}  // namespace daybook::legacy
