#include "lifecycle/merge_files.h"

#include <fcntl.h>

#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "ledger/file_hash.h"
#include "lifecycle/bundle_format.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

}  // namespace

Status MergeFiles::take(std::string_view path) {
    if (path.starts_with('/') || !seen_.emplace(path).second) return {};
    const std::string place(path);
    if (const Status allowed = check_artifact_place(place); !allowed) {
        notes_.push_back(allowed.error().message() + "; it is left out");
        return {};
    }
    const std::string from = os::join_path(source_.root(), place);
    // Looked at before it is opened: opening a pipe waits for whoever writes to it.
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(from));
    if (!info) {
        missing_.insert(place);
        return {};
    }
    // A link leads out of the source; whoever made it may not read what it leads to.
    const Result<os::UniqueFd> fd = os::open_fd(from, O_RDONLY | O_NOFOLLOW);
    if (!info->is_regular || !fd) {
        notes_.push_back(fmt::format("{}: {}; it is left out", printable(place, 200),
                                     fd ? "it is no file" : fd.error().message()));
        return {};
    }
    ASSIGN_OR_RETURN(const Placed placed, copy(place, from, fd->get(), info->size.value()));
    report_.count(placed, place, info->size.value());
    return {};
}

Result<Placed> MergeFiles::copy(const std::string& path, const std::string& from, int fd,
                                std::uint64_t bytes) {
    ASSIGN_OR_RETURN(const bool is_there, placer_.is_there(path));
    if (is_there) {
        ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd, from));
        return placer_.look(path, hash.bytes, hash.sha256);
    }
    if (dry_run_) return Placed::kNew;
    RETURN_IF_ERROR(placer_.begin(path));
    std::string piece(kPieceBytes, '\0');
    for (ByteOffset at(0); at < ByteOffset(bytes);) {
        ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd, at, piece, from));
        if (got == 0) break;
        RETURN_IF_ERROR(placer_.write(std::string_view(piece).substr(0, got)));
        at += got;
    }
    return placer_.end();
}

}  // namespace daybook::lifecycle
