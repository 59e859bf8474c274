#include "os/filesystem.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "os/file.h"

namespace daybook::os {
namespace {

constexpr std::size_t kProcBytesMax = std::size_t{16} << 20;
// A loop device on an overlay on a loop device: nobody goes further.
constexpr int kLayersMax = 4;

constexpr std::array<std::string_view, 12> kNetworkTypes = {
    "nfs", "nfs4", "cifs", "smb3",       "smbfs",          "9p",
    "afs", "ceph", "coda", "fuse.sshfs", "fuse.glusterfs", "lustre"};
constexpr std::array<std::string_view, 3> kMemoryTypes = {"tmpfs", "ramfs", "rootfs"};
constexpr std::array<std::string_view, 2> kMemoryDevices = {"/dev/ram", "/dev/zram"};
constexpr std::array<std::string_view, 2> kNoBarrierOptions = {"nobarrier", "barrier=0"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0) parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// The value of `name=value` in a list of options; nullopt if it is not there.
std::optional<std::string> option_value(std::string_view options, std::string_view name) {
    for (const std::string_view option : split(options, ',')) {
        if (option.substr(0, option.find('=')) != name) continue;
        return std::string(option.substr(std::min(name.size() + 1, option.size())));
    }
    return std::nullopt;
}

std::string problem_of(const FilesystemTraits& traits) {
    if (contains(kMemoryTypes, traits.type)) return traits.type + " keeps files in memory";
    for (const std::string_view device : kMemoryDevices) {
        if (traits.source.starts_with(device)) return traits.source + " is a disk in memory";
    }
    const std::vector<std::string_view> options = split(traits.options, ',');
    const auto is_there = [&](std::string_view option) {
        return std::find(options.begin(), options.end(), option) != options.end();
    };
    if (traits.type == "overlay" && is_there("volatile")) {
        return "the overlay is mounted with `volatile`, which drops syncs";
    }
    for (const std::string_view option : kNoBarrierOptions) {
        if (!is_there(option)) continue;
        return fmt::format("the {} is mounted with `{}`, so that a sync does not reach the device",
                           traits.type, option);
    }
    return "";
}

// The id of the mount that `path` is in.
Result<std::string> mount_id_of(const std::string& path) {
    ASSIGN_OR_RETURN(const UniqueFd fd, open_fd(path, O_PATH));
    const Result<std::string> info =
        read_file(fmt::format("/proc/self/fdinfo/{}", fd.get()), kProcBytesMax);
    if (!info) return std::string();  // No /proc to look at: nothing speaks against the mount.
    for (const std::string_view line : split(*info, '\n')) {
        constexpr std::string_view kKey = "mnt_id:";
        if (line.starts_with(kKey)) {
            return std::string(line.substr(line.find_first_not_of("\t ", kKey.size())));
        }
    }
    return std::string();
}

// The file or directory whose file system this one's bytes go to; empty: a device.
std::string layer_below(const FilesystemTraits& traits) {
    if (traits.type == "overlay") return option_value(traits.options, "upperdir").value_or("");
    constexpr std::string_view kLoop = "/dev/loop";
    if (!traits.source.starts_with(kLoop)) return "";
    const std::string device = traits.source.substr(std::string_view("/dev/").size());
    Result<std::string> file =
        read_file(fmt::format("/sys/block/{}/loop/backing_file", device), kProcBytesMax);
    if (!file) return "";
    while (file->ends_with('\n')) file->pop_back();
    return *file;
}

Result<FilesystemTraits> look(const std::string& path, int layers_left) {
    ASSIGN_OR_RETURN(const std::string mount_id, mount_id_of(path));
    const Result<std::string> mountinfo = read_file("/proc/self/mountinfo", kProcBytesMax);
    FilesystemTraits traits = traits_from_mountinfo(mountinfo.value_or(""), mount_id);
    const std::string below = layer_below(traits);
    if (below.empty() || layers_left == 0 || !traits.not_durable.empty()) return traits;
    // What lies below may be out of sight, in another mount namespace: nothing speaks against it.
    if (const Result<FilesystemTraits> under = look(below, layers_left - 1)) {
        if (!under->not_durable.empty()) {
            traits.not_durable = fmt::format("it lies on {}, and {}", below, under->not_durable);
        }
    }
    return traits;
}

}  // namespace

FilesystemTraits traits_from_mountinfo(std::string_view mountinfo, std::string_view mount_id) {
    // 36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/root rw,errors=continue  (proc(5))
    constexpr std::ptrdiff_t kOptions = 5;
    for (const std::string_view line : split(mountinfo, '\n')) {
        const std::vector<std::string_view> fields = split(line, ' ');
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        const bool whole = dash - fields.begin() > kOptions && fields.end() - dash > 3;
        if (!whole || fields[0] != mount_id) continue;
        FilesystemTraits traits{.type = std::string(dash[1]),
                                .source = std::string(dash[2]),
                                .options = fmt::format("{},{}", fields[kOptions], dash[3])};
        traits.network = contains(kNetworkTypes, traits.type);
        traits.not_durable = problem_of(traits);
        return traits;
    }
    return {};
}

Result<FilesystemTraits> filesystem_traits(const std::string& path) {
    Result<FilesystemTraits> traits = look(path, kLayersMax);
    if (!traits && traits.error().code() == ErrorCode::kNotFound) {
        return fail(ErrorCode::kNotFound, "look at the file system of {}: not there", path);
    }
    return traits;
}

}  // namespace daybook::os
