// How a moment of a log on a simulated file system may end: by a power cut, or by the death of all
// processes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/sim_crash.h"
#include "support/sim_log.h"

namespace daybook::testing {

struct Crash {
    std::size_t moment = 0;  // which of those that were kept
    bool power_cut = false;  // else all processes die
    // Of a write that was going on, so many bytes got into the file.
    std::size_t bytes_written = 0;
};

// One at any of the moments.
Crash draw_crash(const std::vector<Moment>& moments, RandomSource& random);

struct Aftermath {
    SimTree tree;
    std::string story;  // the crash and what it left, in words
};
// `choice`: what a power cut leaves; nullopt: draw it.
Aftermath let_crash(const std::vector<Moment>& moments, const Crash& crash,
                    const std::optional<CrashSpace::Choice>& choice, RandomSource& random);

// Whether such a crash has to leave all that is in `tree`: it is on the disk, or no power was cut.
bool leaves_all(const SimTree& tree, const Crash& crash);

// Whether there is a part that a sync has failed for, and no mark beside it that says so: the
// process died in between.  Who takes such a part next cannot know, and what he syncs in it may
// stand behind a gap.
bool has_unmarked_failure(const SimTree& tree);

}  // namespace daybook::testing
