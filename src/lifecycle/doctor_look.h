// What `daybook doctor` judges: a look at a ledger that changes nothing, takes no lock, and reads
// no more of the log than the ends of its newest parts and what questions read anyway.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/doctor.h"

namespace daybook::lifecycle {

// Each part of it says itself why it could not be looked at.
DoctorFacts look_at_ledger(const ledger::LedgerDir& dir, const Clock& clock);

// Of the index alone: the snapshot, what it has of the log, and the runs that it says are running.
Result<IndexFacts> look_at_index(const ledger::LedgerDir& dir, const Clock& clock);

}  // namespace daybook::lifecycle
