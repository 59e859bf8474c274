#include "log/sharing.h"

#include <fmt/format.h>

#include "base/calendar.h"
#include "os/file.h"

namespace daybook::log {

Result<Sharing> sharing_of(const Layout& layout) {
    ASSIGN_OR_RETURN(const bool shared, os::exists(layout.shared_path()));
    return shared ? Sharing::kShared : Sharing::kAlone;
}

Result<bool> was_ever_shared(const Layout& layout) {
    ASSIGN_OR_RETURN(const Sharing now, sharing_of(layout));
    if (now == Sharing::kShared) return true;
    return os::exists(layout.was_shared_path());
}

Result<bool> begin_sharing(const Layout& layout, TimestampMs now) {
    ASSIGN_OR_RETURN(const Sharing before, sharing_of(layout));
    if (before == Sharing::kShared) return false;
    RETURN_IF_ERROR(os::make_dirs(layout.events_dir()));
    // For whoever finds the file: its being there is all that counts.
    const std::string text = fmt::format(
        "Other tools append to this log, too, since {}.  'daybook adopt --finish' ends that.\n",
        to_iso8601(now));
    RETURN_IF_ERROR(os::write_file_atomic(layout.shared_path(), text));
    return true;
}

Result<bool> end_sharing(const Layout& layout) {
    ASSIGN_OR_RETURN(const Sharing before, sharing_of(layout));
    if (before == Sharing::kAlone) return false;
    RETURN_IF_ERROR(os::rename(layout.shared_path(), layout.was_shared_path()));
    RETURN_IF_ERROR(os::sync_dir(layout.events_dir()));
    return true;
}

}  // namespace daybook::log
