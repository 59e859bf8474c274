// A run's past, read from the log.
#pragma once

#include <optional>
#include <string>

#include "backtest/options.h"
#include "base/result.h"
#include "log/layout.h"

namespace daybook::cli {

// What the log says of the run; nullopt if no event names it.  Reads all parts: the log is the only
// place that knows for certain, whatever state the index is in.
Result<std::optional<backtest::ExistingRun>> find_run(const log::Layout& layout,
                                                      const std::string& run_id);

}  // namespace daybook::cli
