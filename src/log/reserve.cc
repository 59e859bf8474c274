#include "log/reserve.h"

#include <fcntl.h>

#include <optional>
#include <string>

#include "base/limits.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::log {

Status make_reserve(const Layout& layout) {
    const std::string path = layout.reserve_path();
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (info && info->size.value() >= kReserveBytes) return {};
    // Two at once make the same file, and one that died half-way left less than a whole one.
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT));
    Status reserved = os::reserve_room(fd.get(), kReserveBytes, path);
    if (!reserved) (void)os::remove_file(path);  // What it holds is of no use to anybody.
    os::kill_point(os::KillPoint::kReserveMade);
    return reserved;
}

bool give_up_reserve(const Layout& layout) {
    const Result<bool> there = os::exists(layout.reserve_path());
    if (!there || !*there) return false;
    const bool removed = os::remove_file(layout.reserve_path()).has_value();
    os::kill_point(os::KillPoint::kReserveGivenUp);
    return removed;
}

}  // namespace daybook::log
