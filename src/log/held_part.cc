#include "log/held_part.h"

#include <fcntl.h>

#include <string>
#include <utility>

#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::log {

Result<std::optional<HeldPart>> hold_part(const Layout& layout, const PartId& part,
                                          int open_flags) {
    const std::string path = layout.part_path(part);
    Result<os::UniqueFd> fd = os::open_fd(path, O_RDWR | O_APPEND | open_flags);
    if (!fd) {
        // A part that cannot be opened, for whatever reason, is left alone: another can be begun.
        const bool creating = (open_flags & O_CREAT) != 0;
        if (!creating || fd.error().code() == ErrorCode::kAlreadyExists) return std::nullopt;
        return fail(std::move(fd).error());
    }
    os::kill_point(os::KillPoint::kLaneOpened);
    ASSIGN_OR_RETURN(const bool locked, os::try_lock(fd->get(), path));
    if (!locked) return std::nullopt;
    os::kill_point(os::KillPoint::kLaneLocked);

    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd->get(), path));
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> at_path, os::file_info(path));
    if (!at_path || at_path->identity != info.identity) return std::nullopt;
    ASSIGN_OR_RETURN(const bool sealed, os::exists(layout.seal_path(part)));
    if (sealed) return std::nullopt;
    ASSIGN_OR_RETURN(const bool bad, os::exists(layout.bad_path(part)));
    os::kill_point(os::KillPoint::kLaneLookedAgain);
    return HeldPart{.fd = std::move(*fd), .info = info, .bad = bad};
}

}  // namespace daybook::log
