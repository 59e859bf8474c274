#include "lifecycle/backup_plan.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/chars.h"
#include "ledger/seal.h"
#include "lifecycle/artifact_placer.h"
#include "lifecycle/look_at.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kDocumentBytesMax = std::size_t{64} << 20;
constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

class Planner {
public:
    Planner(const ledger::LedgerDir& dir, int wait_ms)
        : dir_(dir), layout_(dir.layout()), wait_ms_(wait_ms) {}

    Result<BackupPlan> run() {
        RETURN_IF_ERROR(add_document(dir_.manifest_path()));
        RETURN_IF_ERROR(add_events());
        RETURN_IF_ERROR(add_document(dir_.schema_registry_path()));
        RETURN_IF_ERROR(add_document(layout_.shared_path()));
        RETURN_IF_ERROR(add_document(layout_.was_shared_path()));
        RETURN_IF_ERROR(add_tree(dir_.archive_dir(), false));
        RETURN_IF_ERROR(add_tree(layout_.torn_dir(), true));
        RETURN_IF_ERROR(add_tree(dir_.quarantine_dir(), true));
        // After the events: what an event names was there before it.
        RETURN_IF_ERROR(add_tree(dir_.artifacts_dir(), true));
        return std::move(plan_);
    }

private:
    std::string relative(const std::string& path) const {
        return path.substr(dir_.root().size() + 1);
    }

    // A small file that is replaced by rename; nothing if there is none.
    Status add_document(const std::string& path) {
        Result<std::string> text = os::read_file(path, kDocumentBytesMax);
        if (!text && text.error().code() == ErrorCode::kNotFound) return {};
        if (!text) return fail(std::move(text).error());
        PlannedFile file{.path = relative(path), .bytes = text->size()};
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
        if (info) file.mode = info->mode;
        file.content = std::move(*text);
        plan_.files.push_back(std::move(file));
        return {};
    }

    // The head names the newest seal: with sealers kept away for a moment both are of one time.
    Status add_events() {
        // A ledger that has old files attached, and no event yet.
        ASSIGN_OR_RETURN(const bool has_log, os::exists(layout_.events_dir()));
        if (!has_log) return {};
        ASSIGN_OR_RETURN(const os::LockFile lock,
                         os::LockFile::acquire(layout_.seal_lock_path(), wait_ms_));
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries,
                         os::list_dir(layout_.events_dir()));
        for (const os::DirEntry& entry : entries) {
            if (entry.is_directory && log::parse_day_dir(entry.name)) {
                RETURN_IF_ERROR(add_day(os::join_path(layout_.events_dir(), entry.name)));
            }
        }
        return add_document(layout_.head_path());
    }

    Status add_day(const std::string& directory) {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
        for (const os::DirEntry& entry : entries) {
            const auto name = log::parse_day_file(entry.name);
            if (!name || entry.is_directory) continue;
            const std::string path = os::join_path(directory, entry.name);
            if (name->kind == log::DayFile::kPart) {
                RETURN_IF_ERROR(add_part(path));
            } else {
                RETURN_IF_ERROR(add_document(path));
            }
        }
        return {};
    }

    Status add_part(const std::string& path) {
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
        if (!info) return {};
        const bool is_sealed = (info->mode & 0222) == 0;
        std::uint64_t bytes = info->size.value();
        if (!is_sealed) {
            ASSIGN_OR_RETURN(bytes, last_line_end(path, bytes));
        }
        plan_.files.push_back({.path = relative(path),
                               .bytes = bytes,
                               .mode = info->mode,
                               .modified_ns = info->modified_ns,
                               .is_growing = !is_sealed});
        return {};
    }

    // Where the last whole line of the first `size` bytes ends.  What follows may be cut off, or
    // go on.
    static Result<std::uint64_t> last_line_end(const std::string& path, std::uint64_t size) {
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        std::string block(kBlockBytes, '\0');
        while (size > 0) {
            const std::uint64_t begin = size - std::min<std::uint64_t>(size, kBlockBytes);
            const auto want = static_cast<std::size_t>(size - begin);
            ASSIGN_OR_RETURN(
                const std::size_t got,
                os::read_at(fd.get(), ByteOffset(begin), std::span(block).first(want), path));
            const std::size_t newline = std::string_view(block).substr(0, got).rfind('\n');
            if (newline != std::string_view::npos) return begin + newline + 1;
            size = begin;
        }
        return size;
    }

    // Locks, and what is on its way to its place.
    static bool is_passing(std::string_view path, std::string_view name) {
        if (name == kComingName) return true;
        return path.starts_with("artifacts/objects/") &&
               (name == "_lock" || name.find(".tmp-") != std::string_view::npos);
    }

    // A list is JSON, which is UTF-8; Linux takes any bytes for a name.
    static bool can_be_listed(std::string_view name) {
        return json::utf8_prefix(name) == name.size();
    }

    Status add_tree(const std::string& directory, bool may_vanish) {
        const auto entries = os::list_dir(directory);
        if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};
        if (!entries) return fail(entries.error());
        for (const os::DirEntry& entry : *entries) {
            const std::string path = os::join_path(directory, entry.name);
            if (is_passing(relative(path), entry.name)) continue;
            if (!can_be_listed(entry.name)) {
                plan_.unlisted.push_back(
                    fmt::format("{}: its name is no UTF-8, and no list can hold it: it is left "
                                "out of the backup; rename it",
                                printable(relative(path), 200)));
                continue;
            }
            // A link may lead in a circle, and to what is not the ledger's.
            ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, look_at(path));
            if (info && info->is_directory) {
                RETURN_IF_ERROR(add_tree(path, may_vanish));
                continue;
            }
            if (!info || !info->is_regular) {
                plan_.notes.push_back(
                    fmt::format("{}: it is a link, a pipe or a device, and left out",
                                printable(relative(path), 200)));
                continue;
            }
            plan_.files.push_back({.path = relative(path),
                                   .bytes = info->size.value(),
                                   .mode = info->mode,
                                   .modified_ns = info->modified_ns,
                                   .may_vanish = may_vanish});
        }
        return {};
    }

    ledger::LedgerDir dir_;
    log::Layout layout_;
    int wait_ms_;
    BackupPlan plan_{};
};

}  // namespace

Result<BackupPlan> plan_backup(const ledger::LedgerDir& dir, int wait_ms) {
    return Planner(dir, wait_ms).run();
}

}  // namespace daybook::lifecycle
