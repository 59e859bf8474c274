// Which runs pass a filter, those that were deleted included: what keeps a run may not depend on
// whether it is shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "query/session.h"

namespace daybook::query {

// The ids of the log's runs that pass `filter` (query/filter.h), in order.  kInvalidArgument: it is
// no filter.
Result<std::vector<std::string>> runs_that_pass(Session& session, std::string_view filter,
                                                TimestampMs now);

// The ids of the log's runs that have the tag, "key" or "key=value", in order.
Result<std::vector<std::string>> runs_with_tag(Session& session, std::string_view tag);

}  // namespace daybook::query
