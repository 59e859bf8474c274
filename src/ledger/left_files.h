// Files beside the parts that may hold whole records: what was cut off, and what other tools have
// left.
#pragma once

#include "base/result.h"
#include "base/strong.h"
#include "ledger/ledger_dir.h"
#include "ledger/repair_look.h"

namespace daybook::ledger {

// Adds what is in torn/, in quarantine/ and beside the parts to `facts`; one that cannot be read
// to those that repair does not touch.
Status look_into_left_files(const LedgerDir& dir, TimestampMs now, RepairFacts& facts);

}  // namespace daybook::ledger
