#include "lifecycle/trash.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "lifecycle/look_at.h"
#include "lifecycle/trashed_parts.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/move.h"
#include "os/process.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kEntryBytesMax = std::size_t{64} << 10;
// Behind the name of an entry that is being removed.
constexpr const char* kRemoving = ".removing";
// A clock may be set back by so much without anybody minding.
constexpr std::int64_t kAheadMsMax = 60'000;

// When something came into the trash, by both clocks.
struct Arrival {
    TimestampMs at;
    std::string boot_id;
    std::int64_t monotonic_ns = 0;
};

std::string encode(const Arrival& arrival) {
    const nlohmann::ordered_json document = {{"format", 1},
                                             {"at", to_iso8601(arrival.at)},
                                             {"boot_id", arrival.boot_id},
                                             {"monotonic_ns", arrival.monotonic_ns}};
    return document.dump() + "\n";
}

// nullopt: it is no such document.
std::optional<Arrival> decode(const std::string& text) {
    const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", nlohmann::json()) != 1) return {};
    const auto at = document.find("at");
    const auto boot_id = document.find("boot_id");
    const auto monotonic_ns = document.find("monotonic_ns");
    if (at == document.end() || !at->is_string() || boot_id == document.end() ||
        !boot_id->is_string() || monotonic_ns == document.end() ||
        !monotonic_ns->is_number_integer()) {
        return {};
    }
    const std::optional<TimestampMs> time = parse_iso8601(at->get<std::string>());
    if (!time) return {};
    return Arrival{*time, boot_id->get<std::string>(), monotonic_ns->get<std::int64_t>()};
}

// "2026-01-23T10:15:00.250Z" without what a shell or another file system might not like.
std::string directory_name(TimestampMs time) {
    std::string name = to_iso8601(time);
    std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
    return name;
}

// Whether its maker was killed before it had its entry.json: nothing is moved before that.
Result<bool> is_only_begun(const std::string& directory) {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    return std::all_of(entries.begin(), entries.end(), [](const os::DirEntry& entry) {
        return !entry.is_directory && entry.name.starts_with("entry.json.tmp-");
    });
}

Status write_arrival(const std::string& directory, const Clock& clock) {
    const Arrival arrival{clock.now(), os::this_process().boot_id, clock.monotonic_ns()};
    return os::write_file_atomic(os::join_path(directory, "entry.json"), encode(arrival));
}

// Lets whatever lies in the tree be removed: a directory that nobody may write to keeps all that is
// in it, and a run's files may have come with one.
Status make_writable(const std::string& directory) {
    {
        ASSIGN_OR_RETURN(const os::UniqueFd fd,
                         os::open_fd(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
        ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), directory));
        RETURN_IF_ERROR(os::set_mode(fd.get(), info.mode | 0700, directory));
    }
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    for (const os::DirEntry& entry : entries) {
        if (!entry.is_directory || entry.is_link) continue;
        RETURN_IF_ERROR(make_writable(os::join_path(directory, entry.name)));
    }
    return {};
}

Status remove_entry(const std::string& directory) {
    Status removed = os::remove_tree(directory);
    if (removed || removed.error().code() != ErrorCode::kPermissionDenied) return removed;
    RETURN_IF_ERROR(make_writable(directory));
    return os::remove_tree(directory);
}

class Emptying {
public:
    Emptying(const ledger::LedgerDir& dir, const Clock& clock, TrashedArtifacts artifacts)
        : dir_(dir), clock_(clock), artifacts_(artifacts), boot_id_(os::this_process().boot_id) {}

    TrashReport run() {
        if (const Status seen = visit_all(); !seen) add_failed("trash", seen.error());
        return std::move(report_);
    }

private:
    Status visit_all() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.trash_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(dir_.trash_dir()));
        for (const os::DirEntry& entry : entries) {
            const Status seen = visit(entry.name);
            if (!seen) add_failed("trash/" + entry.name, seen.error());
        }
        return {};
    }

    Status visit(const std::string& name) {
        const std::string directory = os::join_path(dir_.trash_dir(), name);
        ASSIGN_OR_RETURN(const bool is_entry, is_real_directory(directory));
        if (!is_entry) return {};
        if (name.ends_with(kRemoving)) return remove_entry(directory);
        const Result<std::string> text =
            os::read_file(os::join_path(directory, "entry.json"), kEntryBytesMax);
        const std::optional<Arrival> arrival = text ? decode(*text) : std::nullopt;
        if (!arrival) return visit_unsaid(name, directory);
        ASSIGN_OR_RETURN(const bool goes, may_go(name, directory, *arrival));
        if (!goes) {
            ++report_.kept;
            return {};
        }
        // A half-removed entry may have no entry.json any more: its name says what it is.
        RETURN_IF_ERROR(os::rename(directory, directory + kRemoving));
        os::kill_point(os::KillPoint::kTrashEntryRemoved);
        RETURN_IF_ERROR(remove_entry(directory + kRemoving));
        ++report_.removed;
        return {};
    }

    Status visit_unsaid(const std::string& name, const std::string& directory) {
        ASSIGN_OR_RETURN(const bool was_begun, is_only_begun(directory));
        if (was_begun) return remove_entry(directory);
        report_.notes.push_back(
            fmt::format("trash/{} says nowhere when it came there: left alone", name));
        return {};
    }

    Result<bool> may_go(const std::string& name, const std::string& directory,
                        const Arrival& arrival) {
        ASSIGN_OR_RETURN(const bool is_old, has_lain_long_enough(directory, arrival));
        if (!is_old) return false;
        if (artifacts_ == TrashedArtifacts::kStay) {
            ASSIGN_OR_RETURN(const bool has_artifacts, os::exists(directory + "/artifacts"));
            if (has_artifacts) return false;
        }
        ASSIGN_OR_RETURN(const std::vector<LostPart> lost, lost_parts(dir_, directory));
        if (lost.empty()) return true;
        report_.notes.push_back(
            fmt::format("trash/{} has {}, which is nowhere else: kept; "
                        "'daybook archive' puts it back",
                        name, to_string(lost.front().part)));
        return false;
    }

    Result<bool> has_lain_long_enough(const std::string& directory, const Arrival& arrival) {
        const bool is_same_boot = arrival.boot_id == boot_id_;
        const std::int64_t monotonic_ms =
            (clock_.monotonic_ns() - arrival.monotonic_ns) / 1'000'000;
        const TimestampMs now = clock_.now();
        if (!came_by_clock_ahead(arrival.at, now)) {
            const std::int64_t wall_ms = now.value() - arrival.at.value();
            return (is_same_boot ? std::min(wall_ms, monotonic_ms) : wall_ms) >= kTrashKeepMs;
        }
        if (is_same_boot) return monotonic_ms >= kTrashKeepMs;
        // Nothing tells how long it has been here: its day begins anew.
        RETURN_IF_ERROR(write_arrival(directory, clock_));
        return false;
    }

    void add_failed(const std::string& place, const Error& error) {
        ++report_.failed;
        report_.notes.push_back(fmt::format("{}: not emptied: {}; see to it, or remove it by hand",
                                            place, error.message()));
    }

    const ledger::LedgerDir& dir_;
    const Clock& clock_;
    TrashedArtifacts artifacts_;
    std::string boot_id_;
    TrashReport report_;
};

}  // namespace

Status TrashEntry::begin() {
    RETURN_IF_ERROR(os::make_dirs(dir_.trash_dir()));
    TimestampMs time = clock_.now();
    std::string directory;
    while (true) {
        directory = os::join_path(dir_.trash_dir(), directory_name(time));
        const Status made = os::make_new_dir(directory);
        if (made) break;
        if (made.error().code() != ErrorCode::kAlreadyExists) return made;
        time += 1;
    }
    // Before anything is moved here: what lies in an entry without it is never removed.
    RETURN_IF_ERROR(write_arrival(directory, clock_));
    RETURN_IF_ERROR(os::sync_dir(dir_.trash_dir()));
    RETURN_IF_ERROR(os::sync_dir(dir_.root()));
    name_ = "trash/" + directory_name(time);
    return {};
}

Status TrashEntry::move_name(const std::string& path, Changed& changed) {
    if (!path.starts_with(dir_.root() + "/")) {
        return fail(ErrorCode::kInvalidArgument, "move to trash: {} does not lie in {}", path,
                    dir_.root());
    }
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> there, look_at(path));
    if (!there) return fail(ErrorCode::kNotFound, "move to trash: {} is not there", path);
    if (name_.empty()) RETURN_IF_ERROR(begin());
    const std::string place = path.substr(dir_.root().size() + 1);
    const std::string entry = os::join_path(dir_.root(), name_);
    const std::string target = os::join_path(entry, place);
    RETURN_IF_ERROR(os::make_dirs(os::parent_path(target)));
    ASSIGN_OR_RETURN(const bool is_copy, os::rename_or_copy(path, target));
    if (is_copy) changed.copied.push_back(path);
    // Each may be new, and its name lies in the one above it.
    for (std::string directory = target; directory != entry;) {
        directory = os::parent_path(directory);
        changed.here.insert(directory);
    }
    changed.left.insert(os::parent_path(path));
    return {};
}

Status TrashEntry::move(const std::string& path) { return move_all({path}); }

Status TrashEntry::move_all(const std::vector<std::string>& paths) {
    Changed changed;
    for (const std::string& path : paths) RETURN_IF_ERROR(move_name(path, changed));
    // A file has both names for a moment rather than none.
    for (const std::string& directory : changed.here) RETURN_IF_ERROR(os::sync_dir(directory));
    for (const std::string& path : changed.copied) RETURN_IF_ERROR(os::remove_file(path));
    for (const std::string& directory : changed.left) RETURN_IF_ERROR(os::sync_dir(directory));
    return {};
}

TrashReport empty_trash(const ledger::LedgerDir& dir, const Clock& clock,
                        TrashedArtifacts artifacts) {
    return Emptying(dir, clock, artifacts).run();
}

bool came_by_clock_ahead(TimestampMs at, TimestampMs now) {
    return at.value() - now.value() > kAheadMsMax;
}

}  // namespace daybook::lifecycle
