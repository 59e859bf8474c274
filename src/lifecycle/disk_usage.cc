#include "lifecycle/disk_usage.h"

#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "lifecycle/look_at.h"
#include "log/layout.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

using OnFile = std::function<void(const os::FileInfo&)>;

// nullopt: it has gone, or may not be looked at.
std::optional<os::FileInfo> info_of(const std::string& path) {
    return look_at(path).value_or(std::nullopt);
}

Status walk(const std::string& directory, const OnFile& on_file) {
    const auto entries = os::list_dir(directory);
    if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};
    if (!entries) return fail(entries.error());
    for (const os::DirEntry& entry : *entries) {
        const std::string path = os::join_path(directory, entry.name);
        const std::optional<os::FileInfo> info = info_of(path);
        if (!info) continue;
        if (info->is_directory) {
            RETURN_IF_ERROR(walk(path, on_file));
        } else if (info->is_regular) {
            on_file(*info);
        }
    }
    return {};
}

std::uint64_t& area_of(std::string_view name, DiskUsage& usage) {
    if (name == "events") return usage.parts;
    if (name == "archive") return usage.archives;
    if (name == "index") return usage.index;
    if (name == "artifacts") return usage.artifacts;
    if (name == "trash") return usage.trash;
    if (name == "torn" || name == "quarantine") return usage.evidence;
    return usage.other;
}

std::optional<Day> day_written(const os::FileInfo& info) {
    const TimestampMs time(info.modified_ns / 1'000'000);
    if (!has_day(time)) return std::nullopt;
    return day_of(time);
}

// A snapshot has two names, and a published file may have more.
class Once {
public:
    bool is_new(const os::FileInfo& info) {
        return seen_.emplace(info.identity.device, info.identity.inode).second;
    }

private:
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

// events/ or archive/: what lies in a day's directory is that day's.
Status look_at_log(const std::string& directory, std::uint64_t& area, DiskLook& look) {
    ASSIGN_OR_RETURN(const auto entries, os::list_dir(directory));
    for (const os::DirEntry& entry : entries) {
        const std::string path = os::join_path(directory, entry.name);
        if (!entry.is_directory) {
            const std::optional<os::FileInfo> info = info_of(path);
            if (info && info->is_regular) area += info->size.value();
            continue;
        }
        std::uint64_t bytes = 0;
        RETURN_IF_ERROR(walk(path, [&](const os::FileInfo& info) { bytes += info.size.value(); }));
        area += bytes;
        if (const std::optional<Day> day = log::parse_day_dir(entry.name)) {
            look.days[*day].log += bytes;
        }
    }
    return {};
}

}  // namespace

Result<DiskLook> look_at_disk(const ledger::LedgerDir& dir) {
    DiskLook look;
    ASSIGN_OR_RETURN(const auto entries, os::list_dir(dir.root()));
    for (const os::DirEntry& entry : entries) {
        const std::string path = os::join_path(dir.root(), entry.name);
        std::uint64_t& area = area_of(entry.name, look.usage);
        if (!entry.is_directory) {
            const std::optional<os::FileInfo> info = info_of(path);
            if (info && info->is_regular) area += info->size.value();
        } else if (entry.name == "events" || entry.name == "archive") {
            RETURN_IF_ERROR(look_at_log(path, area, look));
        } else if (entry.name == "artifacts") {
            RETURN_IF_ERROR(walk(path, [&](const os::FileInfo& info) {
                area += info.size.value();
                const std::optional<Day> day = day_written(info);
                if (day) look.days[*day].artifacts += info.size.value();
            }));
        } else {
            Once once;
            RETURN_IF_ERROR(walk(path, [&](const os::FileInfo& info) {
                if (once.is_new(info)) area += info.size.value();
            }));
        }
    }
    return look;
}

Result<std::uint64_t> tree_bytes(const std::string& path) {
    std::uint64_t bytes = 0;
    RETURN_IF_ERROR(walk(path, [&](const os::FileInfo& info) { bytes += info.size.value(); }));
    return bytes;
}

}  // namespace daybook::lifecycle
