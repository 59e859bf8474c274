#include "os/beneath.h"

#include <fcntl.h>

#include <cerrno>

#include "os/error.h"
#include "os/retry.h"

namespace daybook::os {
namespace {

Result<UniqueFd> open_level(int parent, std::string_view name, int flags,
                            const std::string& shown) {
    const std::string text(name);
    const int fd = retry_interrupted(
        [&] { return ::openat(parent, text.c_str(), flags | O_CLOEXEC | O_NOFOLLOW); });
    if (fd >= 0) return UniqueFd(fd);
    // A link where a directory has to be is no directory, and where a file has to be a loop.
    if (errno == ELOOP || errno == ENOTDIR) {
        return fail(ErrorCode::kInvalidArgument,
                    "open {}: a link is in the way, or a file where a directory has to be", shown);
    }
    return fail(errno_error(errno, "open", shown));
}

}  // namespace

Result<UniqueFd> open_beneath(const std::string& directory, std::string_view place) {
    ASSIGN_OR_RETURN(UniqueFd fd, open_fd(directory, O_PATH | O_DIRECTORY));
    std::string shown = directory;
    while (true) {
        const std::size_t slash = place.find('/');
        const std::string_view name = place.substr(0, slash);
        shown = join_path(shown, name);
        if (name.empty() || name == "." || name == "..") {
            return fail(ErrorCode::kInvalidArgument, "open {}: it is no place below {}", shown,
                        directory);
        }
        const bool is_last = slash == std::string_view::npos;
        const int flags = is_last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
        ASSIGN_OR_RETURN(fd, open_level(fd.get(), name, flags, shown));
        if (is_last) break;
        place.remove_prefix(slash + 1);
    }
    ASSIGN_OR_RETURN(const FileInfo info, file_info(fd.get(), shown));
    if (info.is_regular) return fd;
    return fail(ErrorCode::kInvalidArgument, "open {}: it is {}, expected a file", shown,
                info.is_directory ? "a directory" : "a pipe or a device");
}

}  // namespace daybook::os
