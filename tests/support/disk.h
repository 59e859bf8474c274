// Disks of a rig's own: files made into block devices, file systems made on them, and mounts.
//
// Nothing of it outlives the rig, however the rig ends.  All mounts are made in a mount namespace
// of its own, all files lie on a tmpfs that is mounted there, and loop devices free themselves when
// the last user closes them: when the last process of the namespace is gone, so is everything.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::testing {

enum class FileSystem { kExt4, kXfs, kBtrfs };
const char* to_string(FileSystem file_system);

// Why these file systems cannot be mounted from files by this process: not root, no loop devices,
// a kernel without one of them, a missing mkfs.  Empty if all is there.
std::string mount_problem(std::span<const FileSystem> needed);

// Moves this process, and those that it forks from now on, into a mount namespace of its own, and
// mounts an empty tmpfs at `directory`, which must be there.  What else is in it stays untouched
// and is seen again by everybody else.
Status enter_private_mounts(const std::string& directory);

// Makes `image` a sparse file of `bytes` with the file system on it; `options` go to its mkfs.
Status make_file_system(FileSystem file_system, const std::string& image, std::uint64_t bytes,
                        const std::vector<std::string>& options = {});

struct LoopOptions {
    std::string mount{};  // as in `mount -o`
    // Each request of the block layer, up to 1 MiB, becomes one of the file's.  Through the page
    // cache, which is faster, one can become two; and of a write whose second half fails the loop
    // device says that it succeeded.
    bool direct = false;
};

// A mounted file system.  Unmounted when destroyed.  `directory` is made if need be.
class Mount {
public:
    // An empty tmpfs that holds no more than `bytes`.
    static Result<Mount> tmpfs(std::uint64_t bytes, const std::string& directory);
    // The file system on a loop device on the file `image`.
    static Result<Mount> loop(FileSystem file_system, const std::string& image,
                              const std::string& directory, const LoopOptions& options = {});

    Mount(Mount&& other) noexcept;
    Mount& operator=(Mount&& other) noexcept;
    ~Mount();

    const std::string& directory() const { return directory_; }
    // Writes everything back, and frees the loop device.  kBusy: a file of it is open still.
    Status unmount();

private:
    explicit Mount(std::string directory) : directory_(std::move(directory)) {}

    std::string directory_;  // empty: not mounted
};

}  // namespace daybook::testing
