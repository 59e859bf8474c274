// What retention has removed of a run, in words.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "query/session.h"

namespace daybook::cli {

// "300 events removed by retention on 2026-11-29, event 019b…", a line a retention, the first one
// first; none: all that the run has recorded is there.
Result<std::vector<std::string>> retention_lines(query::Session& session,
                                                 const std::string& run_id);

}  // namespace daybook::cli
