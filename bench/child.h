// A contender's turn in a process of its own, with the memory it took.
//
// So nothing that DuckDB keeps (threads, buffers, a loaded library) is inherited by the next turn.
#pragma once

#include <functional>

#include "measure.h"

namespace daybook::bench {

// Runs `turn` in a forked child and gives back its sample, with `peak_megabytes` as the kernel
// counted it.  The caller must have no thread but its own, and DuckDB not loaded.
Result<Sample> in_child(const std::function<Result<Sample>()>& turn);

// How long `call` takes, in seconds, and how much of all threads' processor time.
Result<Sample> seconds_of(const std::function<Status()>& call);

}  // namespace daybook::bench
