// Recording that a run was deleted, or that it is back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/events.h"
#include "query/session.h"

namespace daybook::cli {

struct Mark {
    std::string run_id{};
    std::string event_id{};
};

// Appends the event that `payload` makes to each of the runs, durably; `author` is who is logged
// in, and lives as long as the payload needs it.  The latest mark of a run counts, so that one of a
// clock that was ahead is outdone by a time right behind it; kInvalidArgument: that one lies a day
// ahead or more, and no run was marked.
Result<std::vector<Mark>> mark_runs(
    const std::string& directory, query::Session& session, const std::vector<std::string>& run_ids,
    const std::function<event::Payload(const std::string& author)>& payload);

}  // namespace daybook::cli
