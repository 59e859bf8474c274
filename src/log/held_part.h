// A part under its exclusive lock: what appending, repairing and sealing begin with.
#pragma once

#include <optional>

#include "base/result.h"
#include "log/layout.h"
#include "os/file.h"

namespace daybook::log {

// The descriptor holds the lock; closing it drops it.
struct HeldPart {
    os::UniqueFd fd;    // for reading and appending
    os::FileInfo info;  // as it was once the lock was held
    bool bad = false;   // a `.bad` stands beside the part
};

// Opens a part (`open_flags`: none, or O_CREAT | O_EXCL to begin it), takes its lock, and looks
// again: what the listing said may have changed before the lock was held.
//
// nullopt: another process holds it or began it first, it cannot be opened, the path names another
// file by now, or it has been sealed.  Callers go on with another part.
// An error: a new part cannot be made, or the file system has no such locks (kUnsupported).
Result<std::optional<HeldPart>> hold_part(const Layout& layout, const PartId& part,
                                          int open_flags = 0);

}  // namespace daybook::log
