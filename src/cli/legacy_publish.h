// The published snapshot and the list of attached files.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/context.h"

namespace daybook::cli {

// Brings the published snapshot of the ledger in `directory` up to date with the files that are
// attached now, so that every DuckDB client sees what the commands answer.  Nothing to do where
// there is no snapshot yet.  Where a daemon is at work it does it, and where it cannot be done a
// note on standard error says so: what was attached or detached is.  kCancelled: Ctrl-C.
Status publish_attached(const std::string& directory, Context& context);

}  // namespace daybook::cli
