#include "index/publish.h"

#include <fmt/format.h>

#include "index/database_file.h"
#include "index/obstacles.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::index {
namespace {

constexpr mode_t kSnapshotMode = 0444;

// A complete copy of `from`, on the device.  `to` must not be there as a finished file.
Status copy_synced(const std::string& from, const std::string& to) {
    RETURN_IF_ERROR(os::remove_file(to));
    RETURN_IF_ERROR(os::copy_file(from, to, 0644));
    os::kill_point(os::KillPoint::kPublisherCopied);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(to, O_RDONLY));
    RETURN_IF_ERROR(os::set_mode(fd.get(), kSnapshotMode, to));
    os::kill_point(os::KillPoint::kPublisherModeSet);
    RETURN_IF_ERROR(os::sync_data(fd.get(), to));
    os::kill_point(os::KillPoint::kPublisherDataSynced);
    return {};
}

Result<std::string> set_aside_wal(const IndexLayout& layout, const std::string& snapshot) {
    const std::string wal = snapshot + ".wal";
    ASSIGN_OR_RETURN(const bool there, os::exists(wal));
    if (!there) return std::string();
    ASSIGN_OR_RETURN(const std::string target, set_aside(layout, wal));
    return fmt::format("moved {} to {}: DuckDB would have replayed it into the new snapshot", wal,
                       target);
}

Status drop_old_generations(const IndexLayout& layout) {
    ASSIGN_OR_RETURN(const std::vector<Generation> all, list_generations(layout));
    for (std::size_t i = 0; i + kGenerationsKept < all.size(); ++i) {
        RETURN_IF_ERROR(os::remove_file(layout.generation_path(all[i])));
    }
    return {};
}

}  // namespace

Result<std::string> snapshot_problem(const std::string& path) {
    // The head of a DuckDB file: three blocks, the magic in the first.
    constexpr ByteOffset kHeadBytes(3 * 4096);
    constexpr std::string_view kMagic = "DUCK";
    constexpr ByteOffset kMagicOffset(8);
    ASSIGN_OR_RETURN(const auto file, os::file_info(path));
    if (!file) return std::string();
    if (file->is_directory) return std::string("it is a directory");
    if (file->size < kHeadBytes) {
        return fmt::format("it is no DuckDB database, with {} bytes", file->size.value());
    }
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    std::string magic(kMagic.size(), '\0');
    RETURN_IF_ERROR(os::read_at(fd.get(), kMagicOffset, magic, path));
    if (magic != kMagic) return std::string("it is no DuckDB database");
    ASSIGN_OR_RETURN(const std::uint64_t expected, database_bytes_min(fd.get(), path));
    if (file->size.value() >= expected) return std::string();
    return fmt::format("it has {} bytes of {}", file->size.value(), expected);
}

Result<bool> is_published(const IndexLayout& layout, Generation generation) {
    ASSIGN_OR_RETURN(const auto file, os::file_info(layout.generation_path(generation)));
    ASSIGN_OR_RETURN(const auto snapshot, os::file_info(layout.snapshot_path()));
    return file && snapshot && file->identity == snapshot->identity;
}

Result<std::string> publish(const IndexLayout& layout, const std::string& work_path,
                            Generation generation) {
    const std::string copy = layout.work_dir() + "/snapshot.tmp";
    const std::string link = layout.work_dir() + "/link.tmp";
    const std::string file = layout.generation_path(generation);
    RETURN_IF_ERROR(copy_synced(work_path, copy));
    RETURN_IF_ERROR(os::rename(copy, file));
    os::kill_point(os::KillPoint::kPublisherNamed);
    ASSIGN_OR_RETURN(std::string note, set_aside_wal(layout, layout.snapshot_path()));
    os::kill_point(os::KillPoint::kPublisherWalMoved);
    RETURN_IF_ERROR(os::remove_file(link));
    RETURN_IF_ERROR(os::hard_link(file, link));
    os::kill_point(os::KillPoint::kPublisherLinked);
    RETURN_IF_ERROR(os::rename(link, layout.snapshot_path()));
    os::kill_point(os::KillPoint::kPublisherRenamed);
    // A rename is durable only when its directory is: without this, a power loss can bring back the
    // old snapshot after readers were told about the new one.
    RETURN_IF_ERROR(os::sync_dir(layout.index_dir()));
    os::kill_point(os::KillPoint::kPublisherDirSynced);
    RETURN_IF_ERROR(drop_old_generations(layout));
    os::kill_point(os::KillPoint::kPublisherOldRemoved);
    return note;
}

Result<std::string> publish_to(const IndexLayout& layout, const std::string& work_path,
                               const std::string& target) {
    const std::string copy = target + ".tmp";
    RETURN_IF_ERROR(copy_synced(work_path, copy));
    ASSIGN_OR_RETURN(std::string note, set_aside_wal(layout, target));
    RETURN_IF_ERROR(os::rename(copy, target));
    RETURN_IF_ERROR(os::sync_dir(os::parent_path(target)));
    return note;
}

}  // namespace daybook::index
