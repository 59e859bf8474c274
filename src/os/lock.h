// Open-file-description locks (F_OFD_SETLK), exclusive unless something else is said.
//
// Such a lock belongs to the open file: the kernel drops it when the last descriptor of that open
// file is closed, by close() or by death, and not before.  A fork shares it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

// Takes the exclusive lock of `fd`, opened for writing.  False if another open file holds it.
Result<bool> try_lock(int fd, std::string_view path);

// Whether some open file holds the lock, asked without taking it.
Result<bool> is_locked(int fd, std::string_view path);

// Who holds a lock that keeps readers out, such as DuckDB's on a database that is open for writing;
// nullopt: nobody does.  0: a holder whose number cannot be seen from here.  A lock that this
// process itself holds through another open file counts, as long as it does not belong to `fd`.
Result<std::optional<std::int64_t>> write_lock_holder(int fd, std::string_view path);

enum class LockKind { kShared, kExclusive };

// Waits up to `wait_ms` milliseconds for the lock of the file `path`, which is created if need be
// and never removed: any number of open files may share it, or one have it alone.  Closing the
// descriptor gives it back.  kBusy: it is still held in a way that is in the way of this one.
Result<UniqueFd> lock_path(const std::string& path, LockKind kind, int wait_ms);

// A lock file with a holder who says who it is: host, pid and start time, for the one who waits.
// Released when destroyed; the file stays.
class LockFile {
public:
    // Waits up to `wait_ms` milliseconds for the lock of `path`, which is created if need be.
    // kBusy: somebody else still holds it; the message says who.
    static Result<LockFile> acquire(const std::string& path, int wait_ms);

private:
    explicit LockFile(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace daybook::os
