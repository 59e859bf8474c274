// Ctrl-C and its like: the wish that this process should stop, which long work looks at.
#pragma once

#include <atomic>

namespace daybook::os {

// From now on the first SIGINT, SIGTERM or SIGHUP only sets the flag below; a second one ends the
// process at once.  SIGPIPE and SIGXFSZ are ignored: a write to a closed pipe, or beyond the
// file size limit, fails with an error instead.
// Programs started from here (os/child.h, spawn_detached()) begin with the signals as usual.
void catch_interrupts();

// Whether such a signal has arrived.
bool interrupted();

// The same, for those who must not know where the wish comes from.  Lives for ever.
const std::atomic<bool>& interrupt_flag();

}  // namespace daybook::os
