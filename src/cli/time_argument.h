// Points in time as they are typed: --since 2026-01-23, --since 90m.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/strong.h"

namespace daybook::cli {

// A date or a time in ISO 8601 (UTC unless it says otherwise), or how long before `now`: a whole
// number and s, m, h, d or w.  kInvalidArgument for anything else.
Result<TimestampMs> parse_time_argument(std::string_view text, TimestampMs now);

}  // namespace daybook::cli
