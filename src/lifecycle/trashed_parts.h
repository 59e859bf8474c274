// Parts in trash/ that are nowhere else.
//
// Archiving moves a part there once a manifest names it.  A copy that is made name by name
// meanwhile can have the part's old place without the part, the archive's directory without the
// file, and the part in trash/ alone; so can a ledger whose manifest was put back from a backup.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "log/layout.h"

namespace daybook::lifecycle {

struct LostPart {
    log::PartId part;
    std::string path;  // in trash/
};

// Those of an entry, of which `directory` is the path, that are sealed, and that neither events/
// nor a manifest has.  The caller holds lifecycle.lock.
Result<std::vector<LostPart>> lost_parts(const ledger::LedgerDir& dir,
                                         const std::string& directory);

}  // namespace daybook::lifecycle
