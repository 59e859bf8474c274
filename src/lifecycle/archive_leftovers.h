// What an archiving that was cut short has left, and finishing it.
#pragma once

#include <string>
#include <vector>

#include "archive/archive_layout.h"
#include "archive/manifest.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

struct Leftovers {
    std::vector<std::string> finished{};
    std::vector<std::string> problems{};
    // Parts that both events/ and an archive have, with other bytes, or whose archive is missing,
    // or that cannot be moved: nobody touches them.
    std::vector<log::PartId> disputed{};
};

// In every archived day: removes files that were being written, moves to trash/ those that no
// manifest names (their parts are in events/ still, or another file holds them) and the parts that
// a manifest names and that lie in events/ still, if they are what it says.  Puts parts back that
// are in trash/ alone, if they are what was sealed.  Where a file that the manifest names is
// missing, or a sealed part is nowhere, what is left may be the only copy: it stays, and is a
// problem; so is what cannot be moved.  The caller holds lifecycle.lock.
Result<Leftovers> finish_archives(const ledger::LedgerDir& dir, const Clock& clock);

}  // namespace daybook::lifecycle
