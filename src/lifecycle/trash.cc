#include "lifecycle/trash.h"

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

// How long it has lain here for certain.
std::int64_t age_ms(const Arrival& arrival, const Clock& clock, const std::string& boot_id) {
    const std::int64_t by_wall = clock.now().value() - arrival.at.value();
    if (arrival.boot_id != boot_id) return by_wall;
    return std::min(by_wall, (clock.monotonic_ns() - arrival.monotonic_ns) / 1'000'000);
}

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
    const Arrival arrival{clock_.now(), os::this_process().boot_id, clock_.monotonic_ns()};
    // Before anything is moved here: what lies in an entry without it is never removed.
    RETURN_IF_ERROR(os::write_file_atomic(os::join_path(directory, "entry.json"), encode(arrival)));
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

Result<TrashReport> empty_trash(const ledger::LedgerDir& dir, const Clock& clock,
                                std::int64_t keep_ms) {
    TrashReport report;
    ASSIGN_OR_RETURN(const bool there, os::exists(dir.trash_dir()));
    if (!there) return report;
    const std::string boot_id = os::this_process().boot_id;
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(dir.trash_dir()));
    for (const os::DirEntry& entry : entries) {
        const std::string directory = os::join_path(dir.trash_dir(), entry.name);
        ASSIGN_OR_RETURN(const bool is_entry, is_real_directory(directory));
        if (!is_entry) continue;
        if (entry.name.ends_with(kRemoving)) {
            RETURN_IF_ERROR(os::remove_tree(directory));
            continue;
        }
        const std::string document = os::join_path(directory, "entry.json");
        const Result<std::string> text = os::read_file(document, kEntryBytesMax);
        const std::optional<Arrival> arrival = text ? decode(*text) : std::nullopt;
        if (!arrival) {
            ASSIGN_OR_RETURN(const bool was_begun, is_only_begun(directory));
            if (was_begun) {
                RETURN_IF_ERROR(os::remove_tree(directory));
                continue;
            }
            report.notes.push_back(
                fmt::format("trash/{} says nowhere when it came there: left alone", entry.name));
            continue;
        }
        if (age_ms(*arrival, clock, boot_id) < keep_ms) {
            ++report.kept;
            continue;
        }
        ASSIGN_OR_RETURN(const std::vector<LostPart> lost, lost_parts(dir, directory));
        if (!lost.empty()) {
            report.notes.push_back(
                fmt::format("trash/{} has {}, which is nowhere else: kept; "
                            "'daybook archive' puts it back",
                            entry.name, to_string(lost.front().part)));
            ++report.kept;
            continue;
        }
        // A half-removed entry may have no entry.json any more: its name says what it is.
        RETURN_IF_ERROR(os::rename(directory, directory + kRemoving));
        os::kill_point(os::KillPoint::kTrashEntryRemoved);
        RETURN_IF_ERROR(os::remove_tree(directory + kRemoving));
        ++report.removed;
    }
    return report;
}

}  // namespace daybook::lifecycle
