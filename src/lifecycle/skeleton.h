// What of a run stays where its summary is kept: its own few events, verbatim.
//
// Nothing is made up in their place: tables stay a function of events that somebody wrote.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace daybook::lifecycle {

inline constexpr std::array<std::string_view, 10> kSkeletonTypes = {
    "run.created",     "run.started", "run.completed", "run.failed",   "run.cancelled",
    "run.interrupted", "run.tagged",  "run.deleted",   "run.restored", "run.environment"};

constexpr bool is_skeleton(std::string_view event_type) {
    return std::find(kSkeletonTypes.begin(), kSkeletonTypes.end(), event_type) !=
           kSkeletonTypes.end();
}

}  // namespace daybook::lifecycle
