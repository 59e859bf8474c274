// `daybook serve`: keeps the index of one ledger up to date, and says how it does.
//
//     inotify, timers ─▶ the loop ─▶ the worker: build │ look for dead owners │ seal
//     signals            decides     one piece of long work at a time
//     HTTP threads ─▶ the board (what is known), the desk (who waits for a sync)
//
// The loop never does anything long, so it turns whatever happens; /livez and the watchdog say so.
// Killed at any instruction, the daemon leaves a ledger that the next one goes on with.
#pragma once

#include "base/result.h"
#include "server/options.h"

namespace daybook::server {

// Returns when SIGTERM or SIGINT has arrived, within two seconds.  To be called before the process
// has started any thread.  kBusy: another daemon serves this ledger, or another program listens at
// the address; kUnsupported: a library is missing.
Status serve(const ServeOptions& options);

}  // namespace daybook::server
