#include "os/copy.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/error.h"
#include "os/file.h"
#include "os/retry.h"
#include "os/syscalls.h"

namespace daybook::os {
namespace {

Status expect_wanted(const KeepOn& keep_on, const std::string& from) {
    if (!keep_on || keep_on()) return {};
    return fail(ErrorCode::kCancelled, "copy {}: stopped", from);
}

// Copies what is left of `source`, from the positions that both files have.
Status copy_by_hand(int source, int target, const std::string& from, const std::string& to,
                    const KeepOn& keep_on) {
    std::string block(std::size_t{1} << 20, '\0');
    while (true) {
        RETURN_IF_ERROR(expect_wanted(keep_on, from));
        const ssize_t count =
            retry_interrupted([&] { return syscalls().read(source, block.data(), block.size()); });
        if (count < 0) return fail(errno_error(errno, "read", from));
        if (count == 0) return {};
        const std::string_view bytes(block.data(), static_cast<std::size_t>(count));
        WriteOutcome written = write_all(target, bytes, to);
        if (written.error) return fail(std::move(*written.error));
    }
}

// What is handed to the kernel at once.
constexpr std::uint64_t kCopyPieceBytes = std::uint64_t{8} << 20;

}  // namespace

Status copy_file(const std::string& from, const std::string& to, mode_t mode,
                 const KeepOn& keep_on) {
    ASSIGN_OR_RETURN(const UniqueFd source, open_fd(from, O_RDONLY));
    return copy_open_file(source.get(), from, to, mode, keep_on);
}

Status copy_open_file(int from, const std::string& path, const std::string& to, mode_t mode,
                      const KeepOn& keep_on) {
    ASSIGN_OR_RETURN(const FileInfo info, file_info(from, path));
    ASSIGN_OR_RETURN(const UniqueFd target, open_fd(to, O_WRONLY | O_CREAT | O_TRUNC, mode));
    if (syscalls().clone(target.get(), from) == 0) return {};

    std::uint64_t left = info.size.value();
    while (left > 0) {
        RETURN_IF_ERROR(expect_wanted(keep_on, path));
        const std::uint64_t piece = std::min(left, kCopyPieceBytes);
        const ssize_t count = retry_interrupted(
            [&] { return syscalls().copy_file_range(from, target.get(), piece); });
        // Not between these two file systems.
        const bool unable = count < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                                          errno == EOPNOTSUPP);
        if (unable) return copy_by_hand(from, target.get(), path, to, keep_on);
        if (count < 0) return fail(errno_error(errno, "copy", path + " to " + to));
        if (count == 0) return fail(ErrorCode::kIo, "copy {}: it shrank while it was read", path);
        // The device begins to write while the rest is copied, so that a sync has less to wait for.
        // A wish: without it all works, a little slower.
        const auto done = static_cast<off_t>(info.size.value() - left);
        if (left > kCopyPieceBytes) {
            (void)::sync_file_range(target.get(), done, count, SYNC_FILE_RANGE_WRITE);
        }
        left -= static_cast<std::uint64_t>(count);
    }
    return {};
}

}  // namespace daybook::os
