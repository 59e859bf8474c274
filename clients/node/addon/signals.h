// Ending runs when a signal ends the process.
//
// JavaScript cannot do it: its handlers run when the event loop turns, which a computation of an
// hour does not let happen, and a handler that is there keeps the signal from ending the process at
// all.  So a handler of our own wakes a thread, which cancels the runs, puts back what was there
// before, and sends the signal again: the process ends as it would have without us, and at once.
//
// It is there only while runs are open.  Where the host handles a signal, ours only notes that it
// came and calls the host's, which says what becomes of the process.  A second signal does not wait
// for the first.
//
// Signals are the process's, so this is one thing for all threads of JavaScript.
#pragma once

#include <memory>

#include "handles.h"

namespace daybook::node {

// From now on `run` is cancelled if a signal ends the process.  Safe to call from all threads.
void watch_run(const std::shared_ptr<Run>& run);
// No more.  After the last one all signals have their default again.
void unwatch_run(const Run* run);
// The newest signal that the host has handled since `run` is watched; null: there was none.
const char* signal_of(const Run& run);

}  // namespace daybook::node
