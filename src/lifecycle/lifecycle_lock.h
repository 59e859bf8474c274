// lifecycle.lock, for whoever is run by hand.
#pragma once

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "os/lock.h"

namespace daybook::lifecycle {

// kBusy: somebody else holds it after `wait_ms`; the message says who, and how to wait longer.
Result<os::LockFile> take_lifecycle_lock(const ledger::LedgerDir& dir, int wait_ms);

}  // namespace daybook::lifecycle
