// Moving a file to where no rename reaches: another file system.
#pragma once

#include <string>

#include "base/result.h"

namespace daybook::os {

// Gives the file at `from` the name `to`: by a rename or, where that is on another file system, by
// a copy.  True: it is a copy, whole and on the device, and `from` is there still; the caller
// removes it once the name `to` is durable.  Killed meanwhile, it leaves `to`.tmp-PID.
// kUnsupported: it would have to be copied, and is no file.
Result<bool> rename_or_copy(const std::string& from, const std::string& to);

}  // namespace daybook::os
