// Ending runs when a signal ends the process.
//
// JavaScript cannot do it: its handlers run when the event loop turns, which a computation of an
// hour does not let happen, and a handler that is there keeps the signal from ending the process at
// all. So a handler of our own wakes a thread, which cancels the runs, gives the signal back its
// default, and sends it again: the process ends as it would have without us, and at once.
//
// It is there only while runs are open and only for signals that had their default; where the host
// handles a signal, through JavaScript or not, the host's handler stays.  A second signal does not
// wait for the first.
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

}  // namespace daybook::node
