#include "support/disk.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include "os/child.h"
#include "os/error.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr const char* kLoopControl = "/dev/loop-control";
// Another process may take the free loop device that was named to us.
constexpr int kLoopAttemptsMax = 100;

// mkfs, fsck and their like are not in everybody's PATH.
std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream directories(std::string(path == nullptr ? "" : path) +
                                   ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin");
    for (std::string directory; std::getline(directories, directory, ':');) {
        const std::string program = os::join_path(directory, name);
        if (!directory.empty() && ::access(program.c_str(), X_OK) == 0) return program;
    }
    return "";
}

std::string mkfs_name(FileSystem file_system) {
    return std::string("mkfs.") + to_string(file_system);
}

bool is_listed(FileSystem file_system) {
    // "nodev\tsysfs\n\text4\n": the name is the last word of its line.
    std::ifstream file("/proc/filesystems");
    for (std::string line; std::getline(file, line);) {
        if (line.substr(line.rfind('\t') + 1) == to_string(file_system)) return true;
    }
    return false;
}

bool kernel_has(FileSystem file_system) {
    if (is_listed(file_system)) return true;
    // Most kernels have it as a module that nobody has asked for yet.
    const std::string modprobe = find_program("modprobe");
    if (modprobe.empty()) return false;
    Result<os::Child> child =
        os::Child::start({modprobe, "-q", to_string(file_system)}, "/dev/null");
    return child && child->wait() && is_listed(file_system);
}

std::vector<std::string> mkfs_options(FileSystem file_system) {
    switch (file_system) {
        // Tables are written now, not by a thread of the kernel later.
        case FileSystem::kExt4:
            return {"-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"};
        case FileSystem::kXfs:
        case FileSystem::kBtrfs: return {"-q", "-f", "-K"};
    }
    std::abort();
}

// A loop device on `image` that frees itself when it is closed and unmounted.
struct LoopDevice {
    os::UniqueFd fd;
    std::string path;
};

Result<LoopDevice> attach_loop(const std::string& image, bool direct) {
    ASSIGN_OR_RETURN(const os::UniqueFd file, os::open_fd(image, O_RDWR));
    ASSIGN_OR_RETURN(const os::UniqueFd control, os::open_fd(kLoopControl, O_RDWR));
    struct loop_config config{};
    config.fd = static_cast<__u32>(file.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (direct) config.info.lo_flags |= LO_FLAGS_DIRECT_IO;
    for (int attempt = 0; attempt < kLoopAttemptsMax; ++attempt) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) return fail(os::errno_error(errno, "find a free loop device for", image));
        LoopDevice device{.fd = {}, .path = "/dev/loop" + std::to_string(number)};
        ASSIGN_OR_RETURN(device.fd, os::open_fd(device.path, O_RDWR));
        if (::ioctl(device.fd.get(), LOOP_CONFIGURE, &config) == 0) return device;
        if (errno != EBUSY) return fail(os::errno_error(errno, "make a loop device of", image));
    }
    return fail(ErrorCode::kBusy, "make a loop device of {}: others were faster {} times", image,
                kLoopAttemptsMax);
}

}  // namespace

const char* to_string(FileSystem file_system) {
    switch (file_system) {
        case FileSystem::kExt4: return "ext4";
        case FileSystem::kXfs: return "xfs";
        case FileSystem::kBtrfs: return "btrfs";
    }
    std::abort();
}

std::string mount_problem(std::span<const FileSystem> needed) {
    if (::geteuid() != 0) return "mounting needs root";
    if (::access(kLoopControl, R_OK | W_OK) != 0) return "there is no /dev/loop-control";
    for (const FileSystem file_system : needed) {
        if (find_program(mkfs_name(file_system)).empty()) {
            return "there is no " + mkfs_name(file_system) + ": run tools/bootstrap --rigs";
        }
        if (!kernel_has(file_system)) {
            return std::string("this kernel has no ") + to_string(file_system);
        }
    }
    return "";
}

Status enter_private_mounts(const std::string& directory) {
    if (::unshare(CLONE_NEWNS) != 0) {
        return fail(os::errno_error(errno, "make a mount namespace for", directory));
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return fail(os::errno_error(errno, "make the mounts private below", "/"));
    }
    if (::mount("tmpfs", directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") != 0) {
        return fail(os::errno_error(errno, "mount a tmpfs at", directory));
    }
    return {};
}

Status make_file_system(FileSystem file_system, const std::string& image, std::uint64_t bytes,
                        const std::vector<std::string>& options) {
    RETURN_IF_ERROR(os::remove_file(image));
    {
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(image, O_RDWR | O_CREAT | O_EXCL));
        RETURN_IF_ERROR(os::truncate(fd.get(), ByteOffset(bytes), image));
    }
    std::vector<std::string> command = {find_program(mkfs_name(file_system))};
    std::ranges::copy(mkfs_options(file_system), std::back_inserter(command));
    std::ranges::copy(options, std::back_inserter(command));
    command.push_back(image);
    const std::string output_path = image + ".mkfs";
    ASSIGN_OR_RETURN(os::Child mkfs, os::Child::start(command, output_path));
    ASSIGN_OR_RETURN(const int code, mkfs.wait());
    if (code != 0) {
        const Result<std::string> output = os::read_file(output_path, 1 << 20);
        return fail(ErrorCode::kIo, "make {} on {}: {} ended with {}: {}", to_string(file_system),
                    image, command.front(), code, output ? *output : "");
    }
    return os::remove_file(output_path);
}

Result<Mount> Mount::tmpfs(std::uint64_t bytes, const std::string& directory) {
    RETURN_IF_ERROR(os::make_dirs(directory));
    const std::string options = fmt::format("size={}", bytes);
    if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, options.c_str()) != 0) {
        return fail(os::errno_error(errno, "mount a tmpfs at", directory));
    }
    return Mount(directory);
}

Result<Mount> Mount::loop(FileSystem file_system, const std::string& image,
                          const std::string& directory, const LoopOptions& options) {
    RETURN_IF_ERROR(os::make_dirs(directory));
    ASSIGN_OR_RETURN(const LoopDevice device, attach_loop(image, options.direct));
    const char* const type = to_string(file_system);
    if (::mount(device.path.c_str(), directory.c_str(), type, 0, options.mount.c_str()) != 0) {
        return fail(os::errno_error(
            errno, fmt::format("mount {} ({}) at {} from", type, options.mount, directory), image));
    }
    return Mount(directory);
}

Mount::Mount(Mount&& other) noexcept : directory_(std::exchange(other.directory_, "")) {}

Mount& Mount::operator=(Mount&& other) noexcept {
    std::swap(directory_, other.directory_);
    return *this;
}

Mount::~Mount() {
    if (directory_.empty()) return;
    // A file that is still open must not keep the next mount from this place.
    if (::umount2(directory_.c_str(), 0) != 0) (void)::umount2(directory_.c_str(), MNT_DETACH);
}

Status Mount::unmount() {
    if (::umount2(directory_.c_str(), 0) != 0) {
        return fail(os::errno_error(errno, "unmount", directory_));
    }
    directory_.clear();
    return {};
}

}  // namespace daybook::testing
