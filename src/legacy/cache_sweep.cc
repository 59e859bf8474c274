#include "legacy/cache_sweep.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "legacy/cache.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/process.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kRemovedPrefix = ".removed-";
constexpr std::string_view kImportScratch = ".import";
constexpr std::int64_t kLeftAloneMs = 3'600'000;

// Whether the directory has had no new entry for long; also if it is gone.
bool is_left_alone(const std::string& path, const Clock& clock) {
    const Result<std::optional<os::FileInfo>> info = os::file_info(path);
    if (!info || !*info) return true;
    return clock.now().value() - (*info)->changed_ns / 1'000'000 > kLeftAloneMs;
}

void remove_scratch(const ledger::LedgerDir& dir, const std::string& path) {
    // Importers hold it.
    const Result<os::LockFile> lock = os::LockFile::acquire(dir.legacy_lock_path(), 0);
    if (lock) (void)os::remove_tree(path);
}

}  // namespace

std::string removed_cache_path(const std::string& directory) {
    const std::size_t slash = directory.rfind('/');
    return fmt::format("{}/{}{}-{}", directory.substr(0, slash), kRemovedPrefix,
                       directory.substr(slash + 1), os::this_process().pid);
}

Status sweep_caches(const ledger::LedgerDir& dir, const std::vector<Source>& sources,
                    const Clock& clock) {
    const std::string folder = dir.index_dir() + "/legacy";
    ASSIGN_OR_RETURN(const bool is_there, os::exists(folder));
    if (!is_there) return {};
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(folder));
    for (const os::DirEntry& entry : entries) {
        const bool is_attached =
            std::any_of(sources.begin(), sources.end(),
                        [&](const Source& source) { return source.name == entry.name; });
        const std::string path = os::join_path(folder, entry.name);
        if (is_attached || !entry.is_directory) continue;
        if (entry.name.starts_with(kRemovedPrefix)) {
            (void)os::remove_tree(path);
        } else if (!is_left_alone(path, clock)) {
            continue;
        } else if (entry.name == kImportScratch) {
            remove_scratch(dir, path);
        } else {
            (void)Cache(dir, Source{.name = entry.name}).remove();
        }
    }
    return {};
}

}  // namespace daybook::legacy
