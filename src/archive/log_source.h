// The log of a ledger with its archives: what everything above the log reads from.
#pragma once

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "log/log_source.h"

namespace daybook::archive {

// Looks at nothing yet: archives are listed when parts are.
log::LogSource log_source(const ledger::LedgerDir& dir);

}  // namespace daybook::archive
