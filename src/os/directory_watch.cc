#include "os/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "os/error.h"

namespace daybook::os {
namespace {

constexpr std::uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// A thousand writes to one file between two looks are a thousand equal events, unless they come
// one behind the other: a large block takes them in few reads.
constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

}  // namespace

Result<DirectoryWatch> DirectoryWatch::open() {
    UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!fd.valid()) return fail(errno_error(errno, "make", "an inotify descriptor"));
    return DirectoryWatch(std::move(fd));
}

Status DirectoryWatch::add(const std::string& path) {
    const int watch = ::inotify_add_watch(fd_.get(), path.c_str(), kEvents);
    if (watch < 0) return fail(errno_error(errno, "watch", path));
    paths_[watch] = path;
    return {};
}

Result<DirectoryChanges> DirectoryWatch::take() {
    DirectoryChanges changes;
    std::string block(kBlockBytes, '\0');
    while (true) {
        const ssize_t got = ::read(fd_.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return changes;
        if (got < 0) return fail(errno_error(errno, "read", "the inotify descriptor"));
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            struct inotify_event event{};
            std::memcpy(&event, block.data() + at, sizeof event);
            const char* const name = block.data() + at + sizeof event;
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) changes.overflowed = true;
            const auto watched = paths_.find(event.wd);
            if (watched == paths_.end()) continue;
            if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
                // A directory that was moved is still watched, under a name that is not its own.
                if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(fd_.get(), event.wd);
                changes.gone.push_back(watched->second);
                paths_.erase(watched);
            } else if (event.len > 0) {
                changes.entries.push_back({watched->second, name});
            }
        }
    }
}

}  // namespace daybook::os
