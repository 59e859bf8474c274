// Room that is kept back on the disk (`events/_reserve`), so that the last words of a run can still
// be written when there is no more.
//
// Processes share the one file; whoever needs the room first takes it, for all.  Thread-safe.
#pragma once

#include "base/result.h"
#include "log/layout.h"

namespace daybook::log {

// Makes the reserve where it is missing.  kNoSpace: there is no room for it now.
Status make_reserve(const Layout& layout);

// Gives the room free; false if there was none in reserve.
bool give_up_reserve(const Layout& layout);

}  // namespace daybook::log
