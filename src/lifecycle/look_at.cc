#include "lifecycle/look_at.h"

#include <fcntl.h>

namespace daybook::lifecycle {

Result<std::optional<os::FileInfo>> look_at(const std::string& path) {
    const Result<os::UniqueFd> fd = os::open_fd(path, O_PATH | O_NOFOLLOW);
    if (!fd && fd.error().code() == ErrorCode::kNotFound) return std::optional<os::FileInfo>();
    if (!fd) return fail(fd.error());
    ASSIGN_OR_RETURN(os::FileInfo info, os::file_info(fd->get(), path));
    return std::optional(info);
}

Result<bool> is_real_directory(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, look_at(path));
    return info && info->is_directory;
}

}  // namespace daybook::lifecycle
