// Runs that were deleted: latest_runs does not show them, and they are there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "query/session.h"

namespace daybook::query {

// The deleted run that `text` means: an id, the unique beginning of one, or a name.  nullopt: none;
// kInvalidArgument: several, which the message lists.
Result<std::optional<std::string>> find_deleted_run(Session& session, std::string_view text);

// Whether the run of this id was deleted, and not brought back.
Result<bool> is_deleted(Session& session, const std::string& run_id);

// When the run of this id was last deleted or brought back; nullopt: never.
Result<std::optional<TimestampMs>> last_marked(Session& session, const std::string& run_id);

}  // namespace daybook::query
