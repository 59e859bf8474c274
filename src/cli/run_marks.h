// Recording that a run was deleted, or that it is back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/events.h"

namespace daybook::cli {

struct Mark {
    std::string run_id{};
    std::string event_id{};
};

// Appends the event that `payload` makes to each of the runs, durably; `author` is who is logged
// in, and lives as long as the payload needs it.
Result<std::vector<Mark>> mark_runs(
    const std::string& directory, const std::vector<std::string>& run_ids,
    const std::function<event::Payload(const std::string& author)>& payload);

}  // namespace daybook::cli
