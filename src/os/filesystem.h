// What the file system under a path can be trusted with, found by looking at how it is mounted.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::os {

struct FilesystemTraits {
    std::string type = "unknown";  // as the kernel names it: "ext4", "tmpfs", "nfs4", "fuse.sshfs"
    std::string source{};          // the device or what stands for one: "/dev/sda1"
    std::string options{};         // of the mount and of the file system, as the kernel lists them
    // Other machines may write to it: locks of this kernel mean nothing to them.
    bool network = false;
    // Why synced bytes do not survive power loss, such as "tmpfs keeps files in memory"; empty if
    // nothing speaks against it.
    std::string not_durable{};
};

// Looks at the mount that holds `path` (which must exist), and at what lies under it: the upper
// directory of an overlay, the file behind a loop device.
Result<FilesystemTraits> filesystem_traits(const std::string& path);

// What /proc/self/mountinfo says of the mount with the id `mount_id`, by itself.
FilesystemTraits traits_from_mountinfo(std::string_view mountinfo, std::string_view mount_id);

}  // namespace daybook::os
