// The log of a ledger with its archives: what everything above the log reads from.
#pragma once

#include <memory>

#include "ledger/ledger_dir.h"
#include "log/log_source.h"

namespace daybook::archive {

// The parts that the ledger's archives hold, looked for whenever they are asked for: an archive
// that another process makes later counts too.
std::shared_ptr<const log::ArchivedParts> archived_parts(const ledger::LedgerDir& dir);

// Looks at nothing yet.
log::LogSource log_source(const ledger::LedgerDir& dir);

}  // namespace daybook::archive
