// How runs end whose program has not ended them.
//
// At the exit of the process JavaScript only says how (`plan`): listeners of the host that come
// after ours may still end a run themselves.  What is open then is ended when JavaScript is gone:
// with the instance of the addon, or, where process.exit() leaves that behind, by atexit().
#pragma once

#include <optional>
#include <string>

namespace daybook::node {

struct Instance;

struct PlannedEnd {
    enum class How { kCompleted = 0, kFailed = 1, kCancelled = 2 };

    How how = How::kCancelled;
    std::string message{};
    std::optional<std::string> kind{}, trace{}, phase_name{};
};

// Ends what is open, waits for the state of the code a moment, and closes everything.  What cannot
// be recorded is told on standard error.  Twice is once.
void finish(Instance& instance);

// From now on atexit() finishes `instance`, until forget().
void finish_at_exit(Instance& instance);
void forget(Instance& instance);

}  // namespace daybook::node
