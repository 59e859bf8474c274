// The run that this process was started for: DAYBOOK_RUN_ID, as `daybook run` sets it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace daybook::ledger {

// The id in `value`, the variable's text; nullopt if that is empty.  kInvalidArgument: it can be no
// id of a run.
Result<std::optional<std::string>> outer_run(const std::string& value);

}  // namespace daybook::ledger
