#include "lifecycle/merge_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "ledger/file_hash.h"
#include "ledger/object_store.h"
#include "lifecycle/artifact_places.h"
#include "lifecycle/bundle_format.h"
#include "lifecycle/incoming_events.h"
#include "lifecycle/stored_files.h"
#include "os/beneath.h"

namespace daybook::lifecycle {

Status MergeFiles::take(const NamedFile& file, bool may_be_gone) {
    if (file.path.starts_with('/')) return {};
    const auto known = seen_.find(file.path);
    if (known == seen_.end()) {
        Seen& seen = seen_[file.path];
        seen.file = file;
        return take_new(seen, may_be_gone);
    }
    Seen& seen = known->second;
    if (seen.is_gone && !may_be_gone) seen.is_gone = seen.is_done = false;
    if (seen.is_done || seen.is_conflict || file.sha256.empty()) return {};
    // Of a file that was stored again under its path the later event has the content.
    const bool is_it = !seen.found.empty() && file.sha256 == seen.found;
    seen.file = file;
    return is_it ? take_new(seen) : Status();
}

std::string MergeFiles::expected(const NamedFile& file) {
    std::string content = content_of_place(file.path);
    return content.empty() ? file.sha256 : content;
}

Status MergeFiles::take_new(Seen& seen, bool may_be_gone) {
    const std::string& path = seen.file.path;
    seen.is_done = true;
    seen.found.clear();
    if (const Status allowed = check_artifact_place(path); !allowed) {
        notes_.push_back(allowed.error().message() + "; it is left out");
        return {};
    }
    if (const std::string content = expected(seen.file); !content.empty()) {
        ASSIGN_OR_RETURN(const bool has_it, placer_.has(path, content));
        if (has_it) {
            report_.count(Placed::kThere, path, 0);
            return {};
        }
    }
    // A link leads out of the source; whoever made it may not read what it leads to.
    const std::string from = os::join_path(source_.root(), path);
    const Result<os::UniqueFd> fd = os::open_beneath(
        source_.artifacts_dir(), std::string_view(path).substr(path.find('/') + 1));
    if (!fd && fd.error().code() == ErrorCode::kNotFound) {
        seen.is_gone = seen.is_done = may_be_gone;
        return {};
    }
    if (!fd) {
        notes_.push_back(
            fmt::format("{}: {}; it is left out", printable(path, 200), fd.error().message()));
        return {};
    }
    return compare(seen, fd->get(), from);
}

Status MergeFiles::compare(Seen& seen, int fd, const std::string& from) {
    const std::string& path = seen.file.path;
    const std::string content = expected(seen.file);
    ASSIGN_OR_RETURN(const bool is_there, placer_.is_there(path));
    if (!is_there && !dry_run_) {
        ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd, from));
        return copy(seen, fd, from, info.size.value());
    }
    ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd, from));
    if (!content.empty() && hash.sha256 != content) {
        seen.found = hash.sha256;
        seen.is_done = false;
        return {};
    }
    ASSIGN_OR_RETURN(const Placed placed, placer_.look(path, hash.bytes, hash.sha256));
    if (placed == Placed::kConflict && !content_of_place(path).empty()) {
        // What is here is not what its name says: the source's takes its place.
        if (dry_run_) {
            report_.count(Placed::kNew, path, hash.bytes);
            return {};
        }
        RETURN_IF_ERROR(make_room(path, hash));
        return copy(seen, fd, from, hash.bytes);
    }
    // It is said again until it is no more.
    seen.is_done = placed != Placed::kConflict;
    seen.is_conflict = placed == Placed::kConflict;
    report_.count(placed, path, hash.bytes);
    return {};
}

// What comes is hashed on its way: a copy that `rsync` has not finished, or that the disk has
// changed, would stay for good.
Status MergeFiles::copy(Seen& seen, int fd, const std::string& from, std::uint64_t bytes) {
    const std::string& path = seen.file.path;
    const std::string content = expected(seen.file);
    RETURN_IF_ERROR(placer_.begin(path));
    Sha256 hash;
    ASSIGN_OR_RETURN(const std::uint64_t got,
                     read_pieces(fd, from, bytes, [&](std::string_view piece) {
                         hash.update(piece);
                         return placer_.write(piece);
                     }));
    std::string found = to_hex(hash.finish());
    if (!content.empty() && found != content) {
        seen.found = std::move(found);
        seen.is_done = false;
        return placer_.give_up();
    }
    ASSIGN_OR_RETURN(const Placed placed, placer_.end());
    seen.is_done = placed != Placed::kConflict;
    seen.is_conflict = placed == Placed::kConflict;
    report_.count(placed, path, got);
    return {};
}

Status MergeFiles::make_room(const std::string& path, const ledger::FileHash& hash) {
    ASSIGN_OR_RETURN(
        const std::string moved,
        ledger::set_changed_aside(dir_, path, hash, "a merge brought that content", clock_->now()));
    // Somebody else has put the content there.
    if (moved.empty()) return {};
    notes_.push_back(
        fmt::format("{}: it was not what its name says, and is replaced; it lies in {}",
                    printable(path, 200), moved));
    return {};
}

std::map<std::string, NamedFile> MergeFiles::wanted() const {
    std::map<std::string, NamedFile> files;
    for (const auto& [path, seen] : seen_) {
        if (!seen.is_done) files.emplace(path, seen.file);
    }
    return files;
}

std::uint64_t MergeFiles::missing() const {
    return static_cast<std::uint64_t>(
        std::count_if(seen_.begin(), seen_.end(), [](const auto& file) {
            const Seen& seen = file.second;
            return !seen.is_done && !seen.is_conflict && seen.found.empty();
        }));
}

std::uint64_t MergeFiles::damaged() const {
    return static_cast<std::uint64_t>(std::count_if(
        seen_.begin(), seen_.end(),
        [](const auto& file) { return !file.second.is_done && !file.second.found.empty(); }));
}

std::vector<std::string> MergeFiles::notes() const {
    std::vector<std::string> all = notes_;
    for (const auto& [path, seen] : seen_) {
        if (seen.is_done || seen.found.empty()) continue;
        if (all.size() >= kListedMax) break;
        all.push_back(
            fmt::format("{}: its SHA-256 is {}, expected {}; it is left out until it is "
                        "whole: copy it again, and merge again",
                        printable(path, 200), seen.found, expected(seen.file)));
    }
    return all;
}

}  // namespace daybook::lifecycle
