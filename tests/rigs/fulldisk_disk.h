// A disk that is full, or nearly, and that can be given room again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/file.h"
#include "support/disk.h"

namespace daybook::testing {

enum class DiskKind {
    kExt4,       // a file system of 16 MiB on a loop device
    kXfs,        // the same
    kTmpfs,      // memory, of which there is no more
    kSizeLimit,  // RLIMIT_FSIZE: no file may grow any more
};
inline constexpr std::array kDiskKinds = {DiskKind::kExt4, DiskKind::kXfs, DiskKind::kTmpfs,
                                          DiskKind::kSizeLimit};
const char* to_string(DiskKind kind);

// Unmounted when destroyed, by the process that made it: a forked one leaves with _exit().
class SmallDisk {
public:
    // `image` is made, where the kind has one, and mounted at `directory`.
    static Result<SmallDisk> make(DiskKind kind, const std::string& image,
                                  const std::string& directory);

    DiskKind kind() const { return kind_; }
    const std::string& directory() const { return mount_.directory(); }

    // Leaves room for about so many bytes (kSizeLimit: in each file).
    Status leave_room(std::uint64_t bytes);
    // Gives back all that leave_room() took.
    Status make_room();
    Status unmount() { return mount_.unmount(); }

private:
    SmallDisk(DiskKind kind, Mount mount) : kind_(kind), mount_(std::move(mount)) {}

    DiskKind kind_;
    Mount mount_;
    std::string filler_path_;
    os::UniqueFd filler_;
};

}  // namespace daybook::testing
