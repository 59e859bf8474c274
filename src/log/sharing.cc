#include "log/sharing.h"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/limits.h"
#include "log/scan.h"
#include "os/file.h"

namespace daybook::log {
namespace {

// A tool that still writes has written to one of the newest parts.
constexpr std::ptrdiff_t kPartsLookedAtMax = 64;

// Of the whole lines in `bytes` bytes from `from` on; what precedes the first newline counts only
// at the part's beginning.
Result<bool> has_foreign_line(int fd, const std::string& path, ByteOffset from, std::size_t bytes) {
    std::string text(bytes, '\0');
    ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd, from, text, path));
    std::string_view lines = std::string_view(text).substr(0, got);
    if (from != ByteOffset(0)) {
        const std::size_t newline = lines.find('\n');
        if (newline == std::string_view::npos) return false;
        lines.remove_prefix(newline + 1);
    }
    Scanner scanner(lines, from);
    while (const std::optional<Line> line = scanner.next()) {
        if (line->kind == LineKind::kForeign) return true;
    }
    return false;
}

Result<bool> has_foreign_line(const Layout& layout, const PartInfo& part) {
    const std::string path = layout.part_path(part.id);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    const std::uint64_t bytes = std::min<std::uint64_t>(part.size.value(), kTailBytesMax);
    ASSIGN_OR_RETURN(const bool first, has_foreign_line(fd.get(), path, ByteOffset(0), bytes));
    if (first || bytes == part.size.value()) return first;
    return has_foreign_line(fd.get(), path, ByteOffset(part.size.value() - bytes), bytes);
}

}  // namespace

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

Result<bool> has_foreign_lines(const Layout& layout) {
    ASSIGN_OR_RETURN(const std::vector<PartInfo> parts, list_parts(layout));
    const auto end = parts.rbegin() + std::min(std::ssize(parts), kPartsLookedAtMax);
    return std::any_of(parts.rbegin(), end, [&](const PartInfo& part) {
        return has_foreign_line(layout, part).value_or(false);
    });
}

}  // namespace daybook::log
