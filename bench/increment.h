// What it takes to index a thousand new events.
#pragma once

#include "indexed_ledger.h"
#include "report.h"

namespace daybook::bench {

// `large` has an index that is up to date.
Status measure_increments(const Workspace& workspace, const Settings& settings, Report& report,
                          Increments large);

}  // namespace daybook::bench
