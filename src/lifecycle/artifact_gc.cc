#include "lifecycle/artifact_gc.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "archive/log_source.h"
#include "ledger/object_store.h"
#include "ledger/stray_files.h"
#include "lifecycle/lifecycle_lock.h"
#include "lifecycle/look_at.h"
#include "lifecycle/missing_parts.h"
#include "lifecycle/retention.h"
#include "lifecycle/trash.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

// So many are moved while those who add wait.
constexpr std::size_t kLotMax = 100;
constexpr std::size_t kHashChars = 64;

Result<std::vector<os::DirEntry>> list_if_there(const std::string& path) {
    ASSIGN_OR_RETURN(const bool there, os::exists(path));
    if (!there) return std::vector<os::DirEntry>();
    return os::list_dir(path);
}

// A file that may have to go, as it was when it was looked at.
struct Unit {
    GcKind kind{};
    std::string path;  // relative to the ledger's directory
};

// What is in a run's directory.
struct Content {
    struct File {
        std::string path;
        std::uint64_t bytes = 0;
        bool is_file = false;  // and no link, which takes no room
    };
    std::vector<File> unnamed{};
    bool all_unnamed = true;
    bool any_young = false;
};

class Collector {
public:
    Collector(const ledger::LedgerDir& dir, const Clock& clock, const GcOptions& options,
              NamedArtifacts& names)
        : dir_(dir), clock_(clock), options_(options), names_(names), trash_(dir, clock) {}

    Result<GcReport> run() {
        if (options_.apply) RETURN_IF_ERROR(bring_back());
        RETURN_IF_ERROR(walk_objects());
        RETURN_IF_ERROR(walk_runs());
        RETURN_IF_ERROR(walk_named("code", ".diff", GcKind::kDiff));
        RETURN_IF_ERROR(walk_named("inputs", ".parquet", GcKind::kInput));
        RETURN_IF_ERROR(settle());
        report_.trash_entry = trash_.name();
        if (options_.apply) {
            TrashReport trash = empty_trash(dir_, clock_, TrashedArtifacts::kGo);
            report_.trash_removed = trash.removed;
            for (std::string& note : trash.notes) report_.notes.push_back(std::move(note));
            os::kill_point(os::KillPoint::kGcDone);
        }
        return std::move(report_);
    }

private:
    std::string full(const std::string& path) const { return os::join_path(dir_.root(), path); }

    Status walk_objects() {
        const std::string place = "artifacts/objects";
        ASSIGN_OR_RETURN(const auto shards, list_if_there(full(place)));
        for (const os::DirEntry& shard : shards) {
            const std::string path = os::join_path(place, shard.name);
            ASSIGN_OR_RETURN(const bool is_tree, is_real_directory(full(path)));
            if (!is_tree) {
                if (ledger::parse_temporary(shard.name).pid != 0) {
                    RETURN_IF_ERROR(consider({GcKind::kLeftover, path}));
                }
                continue;
            }
            ASSIGN_OR_RETURN(const auto objects, os::list_dir(full(path)));
            for (const os::DirEntry& object : objects) {
                std::string name = os::join_path(path, object.name);
                if (ledger::object_of_path(name).empty()) continue;
                ASSIGN_OR_RETURN(const bool is_tree_too, is_real_directory(full(name)));
                if (is_tree_too) continue;
                RETURN_IF_ERROR(consider({GcKind::kObject, std::move(name)}));
            }
        }
        return {};
    }

    Status walk_runs() {
        const std::string place = "artifacts/runs";
        ASSIGN_OR_RETURN(const auto runs, list_if_there(full(place)));
        for (const os::DirEntry& run : runs) {
            if (!run.is_directory) continue;
            RETURN_IF_ERROR(consider({GcKind::kRunDirectory, os::join_path(place, run.name)}));
        }
        return {};
    }

    // Files whose names are the SHA-256 of their content, and `ending`.
    Status walk_named(std::string_view below, std::string_view ending, GcKind kind) {
        const std::string place = os::join_path("artifacts", below);
        ASSIGN_OR_RETURN(const auto files, list_if_there(full(place)));
        for (const os::DirEntry& file : files) {
            const bool is_ours =
                file.name.size() == kHashChars + ending.size() && file.name.ends_with(ending);
            if (!is_ours) continue;
            std::string path = os::join_path(place, file.name);
            ASSIGN_OR_RETURN(const bool is_tree, is_real_directory(full(path)));
            if (!is_tree) RETURN_IF_ERROR(consider({kind, std::move(path)}));
        }
        return {};
    }

    Status consider(Unit unit) {
        ASSIGN_OR_RETURN(const std::vector<GcItem> items, judge(unit, true));
        if (items.empty()) return {};
        if (!options_.apply) return tell(items);
        lot_.push_back(std::move(unit));
        return lot_.size() < kLotMax ? Status() : settle();
    }

    Status tell(const std::vector<GcItem>& items) {
        for (const GcItem& item : items) {
            ++report_.items;
            report_.files += item.files;
            report_.bytes += item.bytes;
            if (options_.on_item) options_.on_item(item);
        }
        return {};
    }

    // Moves the lot away.  Nobody adds meanwhile, so what the log has now is all there is to know.
    Status settle() {
        if (lot_.empty()) return {};
        const std::vector<Unit> lot = std::exchange(lot_, {});
        RETURN_IF_ERROR(os::make_dirs(dir_.objects_dir()));
        const Result<os::UniqueFd> alone = os::lock_path(
            ledger::objects_lock_path(dir_), os::LockKind::kExclusive, options_.adders_wait_ms);
        if (!alone && alone.error().code() == ErrorCode::kBusy) {
            report_.notes.push_back(
                fmt::format("{} left for the next time: artifacts are being added by copy",
                            lot.size() == 1 ? std::string("one thing was")
                                            : fmt::format("{} things were", lot.size())));
            return {};
        }
        if (!alone) return fail(alone.error());
        RETURN_IF_ERROR(names_.read_on());
        std::vector<GcItem> items;
        for (const Unit& unit : lot) {
            ASSIGN_OR_RETURN(std::vector<GcItem> found, judge(unit, false));
            std::move(found.begin(), found.end(), std::back_inserter(items));
        }
        std::vector<std::string> paths;
        for (const GcItem& item : items) {
            paths.push_back(full(item.path));
            RETURN_IF_ERROR(check_same_disk(os::parent_path(paths.back())));
        }
        RETURN_IF_ERROR(trash_.move_all(paths));
        os::kill_point(os::KillPoint::kGcMoved);
        return tell(items);
    }

    // What of it has to go; `first`: it is looked at for the first time.
    Result<std::vector<GcItem>> judge(const Unit& unit, bool first) {
        if (unit.kind == GcKind::kRunDirectory) return judge_run(unit, first);
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, look_at(full(unit.path)));
        if (!info || names_.names(unit.path)) return std::vector<GcItem>();
        if (is_young(*info)) {
            report_.young += first ? 1 : 0;
            return std::vector<GcItem>();
        }
        const char* const reason =
            unit.kind == GcKind::kLeftover ? "a copy that was never finished" : "no event names it";
        return std::vector<GcItem>{{.kind = unit.kind,
                                    .path = unit.path,
                                    .files = info->is_regular ? 1U : 0U,
                                    .bytes = info->is_regular ? info->size.value() : 0,
                                    .reason = reason}};
    }

    Result<std::vector<GcItem>> judge_run(const Unit& unit, bool first) {
        std::vector<GcItem> items;
        if (names_.has_run(unit.path.substr(unit.path.rfind('/') + 1))) return items;
        Content content;
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, look_at(full(unit.path)));
        if (!info || !info->is_directory) return items;
        content.any_young = is_young(*info);
        RETURN_IF_ERROR(look_into(unit.path, content));
        if (content.any_young) {
            report_.young += first ? content.unnamed.size() : 0;
            return items;
        }
        if (content.all_unnamed) {
            GcItem item{.kind = GcKind::kRunDirectory,
                        .path = unit.path,
                        .reason = "its run has no events any more, or a summary alone"};
            for (const Content::File& file : content.unnamed) {
                item.files += file.is_file ? 1 : 0;
                item.bytes += file.bytes;
            }
            items.push_back(std::move(item));
            return items;
        }
        for (Content::File& file : content.unnamed) {
            items.push_back(
                {.kind = GcKind::kRunFile,
                 .path = std::move(file.path),
                 .files = file.is_file ? 1U : 0U,
                 .bytes = file.bytes,
                 .reason = "no event names it, and its run has none, or a summary alone"});
        }
        return items;
    }

    Status look_into(const std::string& directory, Content& content) const {
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(full(directory)));
        for (const os::DirEntry& entry : entries) {
            std::string path = os::join_path(directory, entry.name);
            ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, look_at(full(path)));
            if (!info) continue;
            if (is_young(*info)) content.any_young = true;
            if (info->is_directory) {
                RETURN_IF_ERROR(look_into(path, content));
            } else if (names_.names(path)) {
                content.all_unnamed = false;
            } else {
                content.unnamed.push_back({.path = std::move(path),
                                           .bytes = info->is_regular ? info->size.value() : 0,
                                           .is_file = info->is_regular});
            }
        }
        return {};
    }

    // By the time of the last change, which no program can set back: what was linked or copied
    // here a moment ago is young, however old its content.  One that lies ahead is young too.
    bool is_young(const os::FileInfo& info) const {
        return clock_.now().value() - info.changed_ns / 1'000'000 < kGraceMs;
    }

    // What an earlier call took away and is wanted all the same.  Links are brought back as links.
    Status bring_back() {
        ASSIGN_OR_RETURN(const auto entries, list_if_there(dir_.trash_dir()));
        for (const os::DirEntry& entry : entries) {
            const std::string place = os::join_path("trash", entry.name);
            if (entry.name.ends_with(".removing")) continue;
            ASSIGN_OR_RETURN(const bool is_entry, is_real_directory(full(place)));
            if (!is_entry) continue;
            ASSIGN_OR_RETURN(const bool there, is_real_directory(full(place + "/artifacts")));
            if (there) RETURN_IF_ERROR(bring_back_from(place, "artifacts"));
        }
        return {};
    }

    // Why; empty: it is not wanted.  A run that is there again, as by an import, gets back all of
    // its directory.
    std::string_view why_wanted(const std::string& path) const {
        constexpr std::string_view kRuns = "artifacts/runs/";
        if (names_.names(path)) return "an event names it";
        if (!path.starts_with(kRuns)) return {};
        const std::string_view rest = std::string_view(path).substr(kRuns.size());
        const std::size_t slash = rest.find('/');
        if (slash == std::string_view::npos) return {};
        return names_.has_run(rest.substr(0, slash)) ? "its run has events" : "";
    }

    Status bring_back_from(const std::string& trash, const std::string& directory) {
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(full(os::join_path(trash, directory))));
        for (const os::DirEntry& entry : entries) {
            const std::string path = os::join_path(directory, entry.name);
            const std::string from = full(os::join_path(trash, path));
            ASSIGN_OR_RETURN(const bool is_tree, is_real_directory(from));
            if (is_tree) {
                RETURN_IF_ERROR(bring_back_from(trash, path));
                continue;
            }
            const std::string_view why = why_wanted(path);
            if (why.empty()) continue;
            ASSIGN_OR_RETURN(const std::optional<os::FileInfo> there, look_at(full(path)));
            // Somebody has put one there, and it counts.
            if (there) continue;
            RETURN_IF_ERROR(os::make_dirs(os::parent_path(full(path))));
            RETURN_IF_ERROR(check_same_disk(os::parent_path(full(path))));
            RETURN_IF_ERROR(os::rename(from, full(path)));
            RETURN_IF_ERROR(os::sync_dir(os::parent_path(full(path))));
            report_.notes.push_back(fmt::format("{} was in {} and is back: {}", path, trash, why));
            ++report_.restored;
        }
        return {};
    }

    // Things move to the trash and back by rename, which no file system does with another.
    Status check_same_disk(const std::string& place) const {
        RETURN_IF_ERROR(os::make_dirs(dir_.trash_dir()));
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> here, os::file_info(place));
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> trash, os::file_info(dir_.trash_dir()));
        if (!here || !trash || here->identity.device == trash->identity.device) return {};
        return fail(ErrorCode::kUnsupported,
                    "gc artifacts: {} lies on another disk than {}, and nothing can be moved from "
                    "one to the other: move all of the ledger to the disk of its artifacts, and "
                    "leave a link to it at {}; nothing of this was moved",
                    os::canonical_path(place), os::canonical_path(dir_.trash_dir()), dir_.root());
    }

    const ledger::LedgerDir& dir_;
    const Clock& clock_;
    const GcOptions& options_;
    NamedArtifacts& names_;
    TrashEntry trash_;
    std::vector<Unit> lot_;
    GcReport report_;
};

}  // namespace

const char* to_string(GcKind kind) {
    switch (kind) {
        case GcKind::kObject: return "object";
        case GcKind::kRunDirectory: return "run_directory";
        case GcKind::kRunFile: return "run_file";
        case GcKind::kDiff: return "diff";
        case GcKind::kInput: return "input";
        case GcKind::kLeftover: return "leftover";
    }
    return "";
}

Result<GcReport> collect_artifacts(const ledger::LedgerDir& dir, const Clock& clock,
                                   const GcOptions& options) {
    std::optional<os::LockFile> lock;
    if (options.apply) {
        ASSIGN_OR_RETURN(lock, take_lifecycle_lock(dir, options.wait_ms));
    }
    RETURN_IF_ERROR(check_all_parts(dir, "gc artifacts"));
    // What it has yet to remove names artifacts.
    FinishedRetention finished;
    if (options.apply) {
        ASSIGN_OR_RETURN(finished, finish_retention(dir, clock));
    }
    ASSIGN_OR_RETURN(RetainedRuns retained, read_retained_runs(dir));
    NamedArtifacts names(archive::log_source(dir), std::move(retained));
    RETURN_IF_ERROR(names.read_on(options.progress));
    ASSIGN_OR_RETURN(GcReport report, Collector(dir, clock, options, names).run());
    if (!finished.done.empty()) report.notes.push_back(std::move(finished.done));
    for (std::string& problem : finished.problems) report.notes.push_back(std::move(problem));
    return report;
}

}  // namespace daybook::lifecycle
