// Which events are the last words of a run.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "event/events.h"

namespace daybook::event {

// Whether an event of this type ends a run.
constexpr bool ends_run(std::string_view type) {
    constexpr std::array<std::string_view, 4> kEnds = {RunCompleted::kType, RunFailed::kType,
                                                       RunCancelled::kType, RunInterrupted::kType};
    return std::find(kEnds.begin(), kEnds.end(), type) != kEnds.end();
}

}  // namespace daybook::event
