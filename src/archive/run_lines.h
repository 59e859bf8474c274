// The lines of one run in the archives, found by the column and not by reading all lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::archive {

// Calls `on_line` for every line of the run `run_id`, and of the runs below it (its id, a dot, and
// more), that an archive holds: day by day, by part and offset.  The line is lent during the call.
// Where a retention replaces a file meanwhile, lines of its day come twice.  kCorrupt: a manifest
// or an archive cannot be read.
Status for_each_line_of_run(const ledger::LedgerDir& dir, std::string_view run_id,
                            const std::function<void(std::string_view line)>& on_line);

}  // namespace daybook::archive
