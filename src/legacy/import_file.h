// `daybook legacy import`: an old file, as it is now, into a ledger.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/import.h"

namespace daybook::legacy {

struct ImportFileOptions {
    std::string name{};     // of the source; empty: default_source_name()
    std::string mapping{};  // as load_mapping() takes it
    // How long to wait for another importer, and for whoever holds the file for writing.
    int wait_ms = 10'000;
    std::uint64_t memory_bytes_max = std::uint64_t{1} << 30;
    bool dry_run = false;  // the ledger must be there, and nothing of its log changes
    std::function<bool(const ImportProgress&)> progress{};
};

// Copies the file at `path` into the ledger's index/, imports from the copy, and takes the copy
// away. One import of a ledger at a time (`legacy.lock`).  kBusy: another one is going on, or the
// file is held; the message says by whom.  Errors of copy_source(), parse_mapping() and
// EventStream::open().
Result<ImportReport> import_file(const ledger::LedgerDir& dir, const std::string& path,
                                 const ImportFileOptions& options);

}  // namespace daybook::legacy
