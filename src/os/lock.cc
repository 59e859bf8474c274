#include "os/lock.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "base/text.h"
#include "os/error.h"
#include "os/process.h"
#include "os/syscalls.h"

namespace daybook::os {
namespace {

constexpr std::size_t kHolderBytesMax = 512;

struct flock whole_file(LockKind kind = LockKind::kExclusive) {
    struct flock lock{};
    lock.l_type = kind == LockKind::kShared ? F_RDLCK : F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

// File systems in user space may be interrupted even here.
int ask(int fd, int command, struct flock& lock) {
    int result = syscalls().fcntl_lock(fd, command, &lock);
    while (result < 0 && errno == EINTR) result = syscalls().fcntl_lock(fd, command, &lock);
    return result;
}

// What the holder wrote about itself, for a message.
std::string holder_of(int fd, const std::string& path) {
    std::string holder(kHolderBytesMax, '\0');
    const Result<std::size_t> got = read_at(fd, ByteOffset(0), holder, path);
    holder.resize(got.value_or(0));
    while (holder.ends_with('\n')) holder.pop_back();
    return holder.empty() ? "another process" : printable(holder, kHolderBytesMax);
}

// Opens and locks what is at `path`; no descriptor: another open file holds it, or `path` has come
// to mean another file meanwhile.  Whoever removes a lock file holds its lock; without the second
// look the one who had it open and waited would hold a lock that nobody else meets.
Result<UniqueFd> try_lock_path(const std::string& path, std::string& holder) {
    ASSIGN_OR_RETURN(UniqueFd fd, open_fd(path, O_RDWR | O_CREAT));
    ASSIGN_OR_RETURN(const bool locked, try_lock(fd.get(), path));
    if (!locked) {
        holder = holder_of(fd.get(), path);
        return UniqueFd();
    }
    ASSIGN_OR_RETURN(const FileInfo ours, file_info(fd.get(), path));
    ASSIGN_OR_RETURN(const std::optional<FileInfo> there, file_info(path));
    if (!there || there->identity != ours.identity) return UniqueFd();
    return fd;
}

Result<bool> try_lock_as(int fd, std::string_view path, LockKind kind) {
    struct flock lock = whole_file(kind);
    if (ask(fd, F_OFD_SETLK, lock) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    return fail(errno_error(errno, "lock", path));
}

// Asks `take` until it says yes; false: it has not within `wait_ms`.
Result<bool> try_until(int wait_ms, const std::function<Result<bool>()>& take) {
    const std::int64_t deadline_ns =
        system_clock().monotonic_ns() + std::int64_t{wait_ms} * 1'000'000;
    for (int pause_ms = 1;; pause_ms = std::min(pause_ms * 2, 50)) {
        ASSIGN_OR_RETURN(const bool taken, take());
        if (taken) return true;
        if (system_clock().monotonic_ns() >= deadline_ns) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    }
}

}  // namespace

Result<bool> try_lock(int fd, std::string_view path) {
    return try_lock_as(fd, path, LockKind::kExclusive);
}

Result<UniqueFd> lock_path(const std::string& path, LockKind kind, int wait_ms) {
    ASSIGN_OR_RETURN(UniqueFd fd, open_fd(path, O_RDWR | O_CREAT));
    ASSIGN_OR_RETURN(const bool taken,
                     try_until(wait_ms, [&] { return try_lock_as(fd.get(), path, kind); }));
    if (taken) return fd;
    return fail(ErrorCode::kBusy, "lock {}: another process holds it", path);
}

Result<bool> is_locked(int fd, std::string_view path) {
    struct flock lock = whole_file();
    if (ask(fd, F_OFD_GETLK, lock) < 0) {
        return fail(errno_error(errno, "look at the lock of", path));
    }
    return lock.l_type != F_UNLCK;
}

Result<std::optional<std::int64_t>> write_lock_holder(int fd, std::string_view path) {
    // A reader's lock is asked for, which only a writer's is in the way of.
    struct flock lock = whole_file();
    lock.l_type = F_RDLCK;
    if (ask(fd, F_OFD_GETLK, lock) < 0) {
        return fail(errno_error(errno, "look at the lock of", path));
    }
    if (lock.l_type == F_UNLCK) return std::nullopt;
    // Below 0: it belongs to an open file, and not to a process.
    return std::max<std::int64_t>(lock.l_pid, 0);
}

Result<LockFile> LockFile::acquire(const std::string& path, int wait_ms) {
    UniqueFd fd;
    std::string holder;
    ASSIGN_OR_RETURN(const bool taken, try_until(wait_ms, [&]() -> Result<bool> {
                         holder = "a process that has just ended";
                         ASSIGN_OR_RETURN(fd, try_lock_path(path, holder));
                         return fd.valid();
                     }));
    if (!taken) return fail(ErrorCode::kBusy, "lock {}: held by {}", path, holder);
    // Best effort: a holder that cannot say who it is still holds the lock.
    const std::string self =
        fmt::format("pid {} on {} since {}\n", ::getpid(), host_name(), process_start_iso8601());
    if (truncate(fd.get(), ByteOffset(0), path)) (void)write_all(fd.get(), self, path);
    return LockFile(std::move(fd));
}

}  // namespace daybook::os
