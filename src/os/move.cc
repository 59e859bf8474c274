#include "os/move.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "os/error.h"
#include "os/file.h"
#include "os/retry.h"
#include "os/syscalls.h"

namespace daybook::os {
namespace {

Status copy_synced(int source, const std::string& from, const std::string& to, mode_t mode) {
    RETURN_IF_ERROR(copy_open_file(source, from, to, mode));
    ASSIGN_OR_RETURN(const UniqueFd copy, open_fd(to, O_RDONLY));
    return sync_data(copy.get(), to);
}

// `to` has all of it or is not there.
Status copy_whole(const std::string& from, const std::string& to) {
    ASSIGN_OR_RETURN(const UniqueFd source, open_fd(from, O_RDONLY | O_NOFOLLOW));
    ASSIGN_OR_RETURN(const FileInfo info, file_info(source.get(), from));
    if (!info.is_regular) {
        return fail(ErrorCode::kUnsupported,
                    "move {} to {}: they lie on different file systems, and only files are copied "
                    "from one to the other",
                    from, to);
    }
    const std::string temporary = fmt::format("{}.tmp-{}", to, ::getpid());
    // Of a process that died: a file that nobody may write to is in its own way.
    RETURN_IF_ERROR(remove_file(temporary));
    Status done = copy_synced(source.get(), from, temporary, info.mode);
    if (done) done = rename(temporary, to);
    if (!done) (void)remove_file(temporary);  // The first error is the one to report.
    return done;
}

}  // namespace

Result<bool> rename_or_copy(const std::string& from, const std::string& to) {
    const int renamed =
        retry_interrupted([&] { return syscalls().rename(from.c_str(), to.c_str()); });
    if (renamed == 0) return false;
    if (errno != EXDEV) return fail(errno_error(errno, "rename", from + " to " + to));
    RETURN_IF_ERROR(copy_whole(from, to));
    return true;
}

}  // namespace daybook::os
