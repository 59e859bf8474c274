// The run that a command was started within, as `daybook run` tells its program.
#pragma once

#include <string>

namespace daybook::cli {

// DAYBOOK_RUN_ID; empty if it is unset, or if DAYBOOK_LEDGER says that it is the id of a run in
// another ledger than the one in `directory`.
std::string outer_run_id(const std::string& directory);

}  // namespace daybook::cli
