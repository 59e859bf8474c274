// The run that a command was started within, as `daybook run` tells its program.
#pragma once

#include <optional>
#include <string>

namespace daybook::cli {

// DAYBOOK_RUN_ID; nullopt if it is unset, or if DAYBOOK_LEDGER says that it is the id of a run in
// another ledger than the one in `directory`.  What can be no id of a run is told on standard
// error, and is none: what somebody else has put into a variable stops no run.
std::optional<std::string> outer_run(const std::string& directory);

}  // namespace daybook::cli
