// How the cache of an old file is brought up to date.
#pragma once

#include <functional>

#include "base/clock.h"
#include "legacy/import.h"

namespace daybook::legacy {

struct RefreshOptions {
    // How long to wait for another process that is about the cache, where there is none yet.
    int wait_ms = 30'000;
    // How long to try again while the file is held for writing, or changes; half a second at least
    // where there is no cache yet.
    int copy_wait_ms = 0;
    // Told while rows are read.
    std::function<void(const ImportProgress&)> progress{};
    // Somebody has asked for just this: what has failed a moment ago is tried again, and another
    // process that is about the cache is waited for although there is a copy that answers.
    bool at_once = false;
    // Leaves what would take long to others, if there is a copy that answers (refresh_policy.h).
    bool is_question = false;
    // Asked now and then, also from other threads; false ends it with kCancelled.
    std::function<bool()> keep_on{};
    const Clock* clock = &system_clock();
};

}  // namespace daybook::legacy
