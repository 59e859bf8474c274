// Recordings: what a device was asked to do while a log on it was written to.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "rigs/blockdev_check.h"
#include "rigs/blockdev_crash.h"
#include "support/tape.h"
#include "rigs/blockdev_writers.h"
#include "support/disk.h"

namespace daybook::testing {

struct Recording {
    FileSystem file_system;
    std::string mount_options;
    std::string base;  // the image that it began with
    Tape tape;
    WrittenLog log;
};

// Where the log lies in a mounted file system.
log::Layout layout_in(const Mount& mount);

// Lets writers write to a new file system of `disk_bytes`, all of it as `seed` has it.  Files lie
// in `dir`: "base" stays, "live", "device" and "mounted" are used meanwhile.
Result<Recording> record_writers(const std::string& dir, FileSystem file_system,
                                 std::uint64_t disk_bytes, std::uint64_t seed);

// Lets the file system and two writers recover from the crash of `before` that `plan` describes and
// that the image `crash` holds; so that the power can be cut in the middle of that, too.
Result<Recording> record_recovery(const std::string& dir, const Recording& before,
                                  const CrashPlan& plan, const std::string& crash, Restart kind);

}  // namespace daybook::testing
