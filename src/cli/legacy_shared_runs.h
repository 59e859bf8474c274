// Runs of an attached file that the ledger has from elsewhere, too.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/sources.h"

namespace daybook::cli {

// How many runs of `source` another attached file has, or the log by an import of another one, and
// who answers for them: a sentence for each of those.  They may be the same runs, or different ones
// of the same ids.
Result<std::vector<std::string>> tell_shared_runs(const ledger::LedgerDir& dir,
                                                  const legacy::Source& source);

}  // namespace daybook::cli
