// What the file system under a path can be trusted with.
#pragma once

#include <string>

#include "base/result.h"

namespace daybook::os {

struct FilesystemTraits {
    std::string type;  // as the kernel names it: "ext4", "tmpfs", "nfs4", "fuse.sshfs"
    // Other machines may write to it: locks of this kernel mean nothing to them.
    bool network = false;
    // Why synced bytes do not survive power loss, such as "tmpfs keeps files in memory"; empty if
    // nothing speaks against it.
    std::string not_durable{};
};

// Looks at the mount that holds `path` (which must exist), in /proc/self/mountinfo.
Result<FilesystemTraits> filesystem_traits(const std::string& path);

// The same from the text of a mountinfo, for the mount of device `major`:`minor`.
FilesystemTraits traits_from_mountinfo(const std::string& mountinfo, unsigned major,
                                       unsigned minor);

}  // namespace daybook::os
