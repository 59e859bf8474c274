#include "rigs/fulldisk_disk.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "os/error.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kDiskBytes = std::uint64_t{16} << 20;
constexpr std::size_t kFillBytes = std::size_t{64} << 10;

// The soft limit alone, which may be raised again.
Status limit_file_size(rlim_t bytes, const std::string& directory) {
    struct rlimit limit{};
    const bool set = ::getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                     (limit.rlim_cur = bytes, ::setrlimit(RLIMIT_FSIZE, &limit)) == 0;
    if (!set) return fail(os::errno_error(errno, "limit the file size for", directory));
    return {};
}

}  // namespace

const char* to_string(DiskKind kind) {
    switch (kind) {
        case DiskKind::kExt4: return "ext4";
        case DiskKind::kXfs: return "xfs";
        case DiskKind::kTmpfs: return "tmpfs";
        case DiskKind::kSizeLimit: return "file size limit";
    }
    std::abort();
}

Result<SmallDisk> SmallDisk::make(DiskKind kind, const std::string& image,
                                  const std::string& directory) {
    if (kind == DiskKind::kTmpfs) {
        ASSIGN_OR_RETURN(Mount mount, Mount::tmpfs(kDiskBytes, directory));
        return SmallDisk(kind, std::move(mount));
    }
    const FileSystem file_system = kind == DiskKind::kXfs ? FileSystem::kXfs : FileSystem::kExt4;
    std::vector<std::string> options;
    // Its makers advise against less than 300 MB, and mean speed.
    if (kind == DiskKind::kXfs) options = {"--unsupported"};
    RETURN_IF_ERROR(make_file_system(file_system, image, kDiskBytes, options));
    ASSIGN_OR_RETURN(Mount mount, Mount::loop(file_system, image, directory));
    // Who looks below the loop device must not see that this disk lies in memory: `power` would be
    // refused on it.
    RETURN_IF_ERROR(os::remove_file(image));
    return SmallDisk(kind, std::move(mount));
}

Status SmallDisk::leave_room(std::uint64_t bytes) {
    if (kind_ == DiskKind::kSizeLimit) return limit_file_size(bytes, directory());
    filler_path_ = directory() + "/filler";
    ASSIGN_OR_RETURN(filler_, os::open_fd(filler_path_, O_WRONLY | O_CREAT));
    std::uint64_t filled = 0;
    // To the last byte: what does not fit as a block may fit as a sector.
    for (std::size_t piece = kFillBytes; piece >= 512;) {
        const os::WriteOutcome outcome =
            os::write_all(filler_.get(), std::string(piece, 'f'), filler_path_);
        filled += outcome.written;
        if (!outcome.error) continue;
        if (outcome.error->code() != ErrorCode::kNoSpace) return fail(*outcome.error);
        piece /= 2;
    }
    RETURN_IF_ERROR(os::sync_data(filler_.get(), filler_path_));
    const ByteOffset kept(filled - std::min(filled, bytes));
    RETURN_IF_ERROR(os::truncate(filler_.get(), kept, filler_path_));
    return os::sync_data(filler_.get(), filler_path_);
}

Status SmallDisk::make_room() {
    if (kind_ == DiskKind::kSizeLimit) return limit_file_size(RLIM_INFINITY, directory());
    return os::truncate(filler_.get(), ByteOffset(0), filler_path_);
}

}  // namespace daybook::testing
