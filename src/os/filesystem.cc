#include "os/filesystem.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "os/file.h"

namespace daybook::os {
namespace {

constexpr std::array<std::string_view, 12> kNetworkTypes = {
    "nfs", "nfs4", "cifs", "smb3",       "smbfs",          "9p",
    "afs", "ceph", "coda", "fuse.sshfs", "fuse.glusterfs", "lustre"};
constexpr std::array<std::string_view, 2> kMemoryTypes = {"tmpfs", "ramfs"};

constexpr std::size_t kMountinfoBytesMax = std::size_t{16} << 20;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::vector<std::string> split_blanks(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

bool has_option(std::string_view options, std::string_view wanted) {
    while (!options.empty()) {
        const std::size_t comma = std::min(options.find(','), options.size());
        if (options.substr(0, comma) == wanted) return true;
        options.remove_prefix(std::min(comma + 1, options.size()));
    }
    return false;
}

}  // namespace

FilesystemTraits traits_from_mountinfo(const std::string& mountinfo, unsigned major,
                                       unsigned minor) {
    // 36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/root rw,errors=continue  (proc(5))
    const std::string device = fmt::format("{}:{}", major, minor);
    std::istringstream lines(mountinfo);
    for (std::string line; std::getline(lines, line);) {
        const std::vector<std::string> fields = split_blanks(line);
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        if (fields.size() < 3 || fields[2] != device || fields.end() - dash < 2) continue;
        FilesystemTraits traits{.type = dash[1]};
        const std::string_view options = fields.end() - dash > 3 ? dash[3] : std::string_view();
        traits.network = contains(kNetworkTypes, traits.type);
        if (contains(kMemoryTypes, traits.type)) {
            traits.not_durable = traits.type + " keeps files in memory";
        } else if (traits.type == "overlay" && has_option(options, "volatile")) {
            traits.not_durable = "the overlay is mounted with `volatile`, which drops syncs";
        }
        return traits;
    }
    return {.type = "unknown"};
}

Result<FilesystemTraits> filesystem_traits(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<FileInfo> info, file_info(path));
    if (!info) return fail(ErrorCode::kNotFound, "look at the file system of {}: not there", path);
    ASSIGN_OR_RETURN(const std::string mountinfo,
                     read_file("/proc/self/mountinfo", kMountinfoBytesMax));
    const auto device = static_cast<dev_t>(info->identity.device);
    return traits_from_mountinfo(mountinfo, ::gnu_dev_major(device), ::gnu_dev_minor(device));
}

}  // namespace daybook::os
