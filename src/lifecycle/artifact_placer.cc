#include "lifecycle/artifact_placer.h"

#include <fcntl.h>

#include <optional>

#include "ledger/file_hash.h"
#include "ledger/object_store.h"
#include "lifecycle/incoming_events.h"
#include "os/kill_point.h"
#include "os/publish.h"

namespace daybook::lifecycle {

void PlacedReport::count(Placed result, const std::string& path, std::uint64_t file_bytes) {
    switch (result) {
        case Placed::kNew:
            ++placed;
            bytes += file_bytes;
            return;
        case Placed::kThere: ++there; return;
        case Placed::kConflict:
            ++conflicts;
            if (conflict_paths.size() < kListedMax) conflict_paths.push_back(path);
            return;
    }
}

Result<Placed> ArtifactPlacer::look(const std::string& path, std::uint64_t bytes,
                                    const std::string& sha256) const {
    const std::string file = os::join_path(dir_.root(), path);
    Result<std::optional<os::FileInfo>> info = os::file_info(file);
    if (!info) return fail(info.error());
    if (!*info) return Placed::kNew;
    // Looked at before it is opened: opening a pipe waits for whoever writes to it.
    if (!(*info)->is_regular || (*info)->size != ByteOffset(bytes)) return Placed::kConflict;
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(file, O_RDONLY));
    ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd.get(), file));
    return hash.sha256 == sha256 ? Placed::kThere : Placed::kConflict;
}

Result<bool> ArtifactPlacer::has(const std::string& path, const std::string& sha256) const {
    const std::string file = os::join_path(dir_.root(), path);
    Result<std::optional<os::FileInfo>> info = os::file_info(file);
    if (!info) return fail(info.error());
    if (!*info || !(*info)->is_regular) return false;
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(file, O_RDONLY));
    ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd.get(), file));
    return hash.sha256 == sha256;
}

Status ArtifactPlacer::make_directories(const std::string& directory) {
    // Each new name is durable when the directory above it is.
    for (std::string made = directory; made != dir_.root(); made = os::parent_path(made)) {
        ASSIGN_OR_RETURN(const bool is_there, os::exists(made));
        if (is_there) break;
        touched_.insert(os::parent_path(made));
    }
    return os::make_dirs(directory);
}

Status ArtifactPlacer::begin(const std::string& path) {
    path_ = os::join_path(dir_.root(), path);
    const std::string directory = os::parent_path(path_);
    RETURN_IF_ERROR(make_directories(directory));
    // One name for all: whatever a killed import has left is written over by the next one.
    temporary_ = os::join_path(directory, kComingName);
    RETURN_IF_ERROR(os::remove_file(temporary_));
    ASSIGN_OR_RETURN(fd_, os::open_fd(temporary_, O_WRONLY | O_CREAT | O_EXCL));
    touched_.insert(directory);
    return {};
}

Status ArtifactPlacer::write(std::string_view bytes) {
    os::WriteOutcome outcome = os::write_all(fd_.get(), bytes, temporary_);
    if (!outcome.error) return {};
    // Room on a full disk is worth more than half a file.
    static_cast<void>(os::remove_file(temporary_));
    return fail(std::move(*outcome.error));
}

Status ArtifactPlacer::give_up() {
    fd_.reset();
    return os::remove_file(temporary_);
}

Result<Placed> ArtifactPlacer::end() {
    RETURN_IF_ERROR(os::sync_data(fd_.get(), temporary_));
    fd_.reset();
    os::kill_point(os::KillPoint::kImportUnpacked);
    // What somebody has put there meanwhile stays.
    const Status published = os::publish(temporary_, path_, os::NameTaken::kRefuse);
    RETURN_IF_ERROR(os::remove_file(temporary_));
    os::kill_point(os::KillPoint::kImportArtifactPlaced);
    if (published) return Placed::kNew;
    if (published.error().code() == ErrorCode::kAlreadyExists) return Placed::kConflict;
    return fail(published.error());
}

Result<std::string> ArtifactPlacer::make_room(const std::string& path, std::uint64_t bytes,
                                              const std::string& sha256, std::string_view when,
                                              TimestampMs now) const {
    return ledger::set_changed_aside(dir_, path, {.bytes = bytes, .sha256 = sha256}, when, now);
}

Status ArtifactPlacer::sync() {
    for (const std::string& directory : touched_) RETURN_IF_ERROR(os::sync_dir(directory));
    touched_.clear();
    return {};
}

}  // namespace daybook::lifecycle
