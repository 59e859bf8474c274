// Being told when entries of directories change, by the kernel (inotify).
//
// It tells of what processes of this machine do.  Changes that come over the network, or in a file
// system that a process of its own serves (FUSE), may go unseen: whoever watches those has to look.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

// What has happened since the last look.
struct DirectoryChanges {
    struct Entry {
        std::string directory;  // as it was given to add()
        std::string name;       // of the entry in it
        bool operator==(const Entry&) const = default;
    };
    // Written to, made, moved or removed; the same one may come several times.
    std::vector<Entry> entries{};
    // Directories that are gone, and no longer watched.
    std::vector<std::string> gone{};
    // More happened than the kernel keeps: whoever watches has to look at everything.
    bool overflowed = false;
};

// Not thread-safe.
class DirectoryWatch {
public:
    static Result<DirectoryWatch> open();

    // Watches the entries of `path` from now on; nothing to do if it is watched already.
    // kNotFound: there is no such directory; kNoSpace: the limit fs.inotify.max_user_watches.
    Status add(const std::string& path);
    // Never waits.
    Result<DirectoryChanges> take();

    // Readable when there is something to take.
    int fd() const { return fd_.get(); }
    std::size_t size() const { return paths_.size(); }

private:
    explicit DirectoryWatch(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
    std::map<int, std::string> paths_;
};

}  // namespace daybook::os
