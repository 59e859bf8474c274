#include "index/obstacles.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::index {
namespace {

constexpr int kLockWaitMs = 10'000;

struct Place {
    std::string path;
    bool is_directory;
};

// From the outside in: once a file called index/ is away, nothing is left below it.
std::vector<Place> places(const IndexLayout& layout) {
    return {{layout.index_dir(), true},      {layout.work_dir(), true},
            {layout.spill_dir(), true},      {layout.lock_path(), false},
            {layout.snapshot_path(), false}, {layout.work_path(), false}};
}

// The first place that something of the other kind has; nullopt if there is none.
Result<std::optional<Place>> find_obstacle(const IndexLayout& layout) {
    for (Place& place : places(layout)) {
        ASSIGN_OR_RETURN(const auto found, os::file_info(place.path));
        if (found && found->is_directory != place.is_directory) return std::move(place);
    }
    return std::nullopt;
}

}  // namespace

Result<std::string> set_aside(const IndexLayout& layout, const std::string& path) {
    RETURN_IF_ERROR(os::make_dirs(layout.quarantine_dir()));
    const std::string name = path.substr(path.rfind('/') + 1);
    std::int64_t mark = system_clock().now().value();
    while (true) {
        std::string target = fmt::format("{}/{}.{}", layout.quarantine_dir(), name, mark++);
        ASSIGN_OR_RETURN(const bool is_taken, os::exists(target));
        if (is_taken) continue;
        RETURN_IF_ERROR(os::rename(path, target));
        return target;
    }
}

Result<std::vector<std::string>> clear_the_way(const IndexLayout& layout) {
    std::vector<std::string> notes;
    ASSIGN_OR_RETURN(std::optional<Place> obstacle, find_obstacle(layout));
    if (!obstacle) return notes;
    // writer.lock lies in the index itself.  Without a lock, what another process has just made
    // could be moved away.
    const ledger::LedgerDir dir(layout.root());
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(dir.lock_path(), kLockWaitMs));
    while (true) {
        ASSIGN_OR_RETURN(obstacle, find_obstacle(layout));
        if (!obstacle) return notes;
        ASSIGN_OR_RETURN(const std::string target, set_aside(layout, obstacle->path));
        notes.push_back(fmt::format("moved {} to {}: it was a {}, and a {} belongs there",
                                    obstacle->path, target,
                                    obstacle->is_directory ? "file" : "directory",
                                    obstacle->is_directory ? "directory" : "file"));
    }
}

}  // namespace daybook::index
