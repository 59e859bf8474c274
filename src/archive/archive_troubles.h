// What is plainly wrong with the archives, from names and sizes alone.
//
// It reads manifests and no Parquet file, so it takes no time.  check_archives.h compares the
// bytes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::archive {

struct ArchiveTrouble {
    std::string path;    // relative to the ledger
    std::string detail;  // "is not there, and the manifest names it"
    // A file below events/ hides the archive's part; it is to be moved away.  Otherwise something
    // of archive/ is lost, and comes back from a backup.
    bool is_in_the_way = false;
    bool operator==(const ArchiveTrouble&) const = default;
};

// By day: manifests that cannot be read, files they name that are missing or of another size, and
// parts in events/ of another size than the archived part of that name.
Result<std::vector<ArchiveTrouble>> archive_troubles(const ledger::LedgerDir& dir);

}  // namespace daybook::archive
