#include "ledger/object_store.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/random.h"
#include "ledger/quarantine.h"
#include "os/kill_point.h"
#include "os/lock.h"
#include "os/process.h"

namespace daybook::ledger {
namespace {

constexpr std::string_view kPrefix = "artifacts/objects/";
constexpr std::size_t kHashChars = 64;
constexpr mode_t kObjectMode = 0444;
// A collector holds the lock for as long as it takes to read what has come into the log meanwhile.
constexpr int kLockWaitMs = 60'000;
// Each attempt but the last finds that somebody else has been at the same object.
constexpr int kAttemptsMax = 10;

Result<FileHash> hash_at(const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    return hash_file(fd.get(), path);
}

enum class Found { kNothing, kWhole, kChanged };

// What lies in the place of a file with this content.
Result<Found> look_at(const std::string& place, const FileHash& hash) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(place));
    if (!info) return Found::kNothing;
    if (!info->is_regular || info->size.value() != hash.bytes) return Found::kChanged;
    const Result<FileHash> found = hash_at(place);
    // Somebody else has moved it away.
    if (!found && found.error().code() == ErrorCode::kNotFound) return Found::kNothing;
    if (!found) return fail(found.error());
    return *found == hash ? Found::kWhole : Found::kChanged;
}

// Removes a temporary file, however its writing ends.
class Temporary {
public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    ~Temporary() { (void)os::remove_file(path_); }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class Adder {
public:
    Adder(const LedgerDir& dir, const std::string& source) : dir_(dir), source_(source) {}

    Result<AddedObject> run() {
        ASSIGN_OR_RETURN(const os::UniqueFd from, os::open_fd(source_, O_RDONLY));
        RETURN_IF_ERROR(os::make_dirs(dir_.objects_dir()));
        ASSIGN_OR_RETURN(os::UniqueFd hold, os::lock_path(objects_lock_path(dir_),
                                                          os::LockKind::kShared, kLockWaitMs));
        ASSIGN_OR_RETURN(FileHash hash, hash_file(from.get(), source_));
        ASSIGN_OR_RETURN(bool was_there, take_known(hash));
        if (!was_there) {
            const Temporary copy(temporary_path());
            // The copy counts: the file may have been written to since it was hashed.
            ASSIGN_OR_RETURN(hash, write_copy(from.get(), copy.path()));
            ASSIGN_OR_RETURN(was_there, give_name(hash, copy.path()));
        }
        RETURN_IF_ERROR(sync_names(hash));
        return AddedObject{.path = object_path(hash.sha256),
                           .hash = std::move(hash),
                           .was_there = was_there,
                           .hold = std::move(hold)};
    }

private:
    std::string place_of(const FileHash& hash) const {
        return os::join_path(dir_.root(), object_path(hash.sha256));
    }

    // As stray_files.h knows it: what a process leaves behind that is killed is found by its pid.
    std::string temporary_path() const {
        static std::atomic<std::uint32_t> counter{0};
        return os::join_path(dir_.objects_dir(),
                             fmt::format("{:08x}-{}.tmp-{}", random_seed(), counter.fetch_add(1),
                                         os::this_process().pid));
    }

    Result<FileHash> write_copy(int from, const std::string& to) const {
        const auto copied = os::copy_open_file(from, source_, to, kObjectMode);
        if (!copied) return fail(copied.error());
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(to, O_RDONLY));
        ASSIGN_OR_RETURN(FileHash hash, hash_file(fd.get(), to));
        RETURN_IF_ERROR(os::set_mode(fd.get(), kObjectMode, to));
        RETURN_IF_ERROR(os::sync_data(fd.get(), to));
        os::kill_point(os::KillPoint::kObjectWritten);
        return hash;
    }

    // Whether the object is there, and whole.  What is there and is not goes to quarantine/.
    Result<bool> take_known(const FileHash& hash) const {
        const std::string place = place_of(hash);
        ASSIGN_OR_RETURN(const Found found, look_at(place, hash));
        if (found == Found::kWhole) {
            ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(place, O_RDONLY));
            // This sets its change time, so that it counts as just written.  Of another user's
            // object it cannot be set; the lock is enough.
            (void)os::set_mode(fd.get(), kObjectMode, place);
            RETURN_IF_ERROR(os::sync_data(fd.get(), place));
            return true;
        }
        if (found == Found::kNothing) return false;
        ASSIGN_OR_RETURN(
            const std::string moved,
            set_changed_aside(dir_, object_path(hash.sha256), hash,
                              "the same content was added again", system_clock().now()));
        return false;
    }

    // Whether another process has been faster.
    Result<bool> give_name(const FileHash& hash, const std::string& copy) const {
        const std::string place = place_of(hash);
        RETURN_IF_ERROR(os::make_dirs(os::parent_path(place)));
        for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
            const Status linked = os::hard_link(copy, place);
            if (linked) {
                os::kill_point(os::KillPoint::kObjectNamed);
                return false;
            }
            if (linked.error().code() != ErrorCode::kAlreadyExists) {
                // A file system without hard links.  Whoever is there has the same content; but one
                // that has found what was there before is not to move away this.
                ASSIGN_OR_RETURN(const os::LockFile alone,
                                 os::LockFile::acquire(dir_.lock_path(), kLockWaitMs));
                RETURN_IF_ERROR(os::rename(copy, place));
                os::kill_point(os::KillPoint::kObjectNamed);
                return false;
            }
            ASSIGN_OR_RETURN(const bool known, take_known(hash));
            if (known) return true;
        }
        return fail(ErrorCode::kCorrupt, "add {}: what is written to {} does not stay what it was",
                    source_, place);
    }

    // Also where another process has made them: it may be killed before it syncs them.
    Status sync_names(const FileHash& hash) const {
        RETURN_IF_ERROR(os::sync_dir(os::parent_path(place_of(hash))));
        RETURN_IF_ERROR(os::sync_dir(dir_.objects_dir()));
        RETURN_IF_ERROR(os::sync_dir(dir_.artifacts_dir()));
        return os::sync_dir(dir_.root());
    }

    const LedgerDir& dir_;
    const std::string& source_;
};

bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string object_path(std::string_view sha256) {
    return fmt::format("{}{}/{}", kPrefix, sha256.substr(0, 2), sha256.substr(2));
}

std::string object_of_path(std::string_view path) {
    if (!path.starts_with(kPrefix)) return {};
    path.remove_prefix(kPrefix.size());
    if (path.size() != kHashChars + 1 || path[2] != '/') return {};
    std::string sha256(path.substr(0, 2));
    sha256 += path.substr(3);
    return is_lower_hex(sha256) ? sha256 : std::string();
}

std::string objects_lock_path(const LedgerDir& dir) { return dir.objects_dir() + "/_lock"; }

Result<std::string> set_changed_aside(const LedgerDir& dir, const std::string& path,
                                      const FileHash& hash, std::string_view when,
                                      TimestampMs now) {
    // Alone, and after another look: of two who have found it, the second would take away what the
    // first has put in its place, and an event may name that by now.
    ASSIGN_OR_RETURN(const os::LockFile alone, os::LockFile::acquire(dir.lock_path(), kLockWaitMs));
    const std::string place = os::join_path(dir.root(), path);
    ASSIGN_OR_RETURN(const Found found, look_at(place, hash));
    if (found != Found::kChanged) return std::string();
    const RepairStep step{
        .action = RepairAction::kMove,
        .kind = "object_changed",
        .file = place,
        .detail =
            fmt::format("its content is not what its name says; it was replaced when {}", when)};
    return quarantine_file(dir, step, now);
}

Result<AddedObject> add_object(const LedgerDir& dir, const std::string& path) {
    RETURN_IF_ERROR(check_is_file(path));
    Result<AddedObject> added = Adder(dir, path).run();
    if (!added) return fail(added.error().with_context(fmt::format("keep a copy of {}", path)));
    return added;
}

Result<CopiedArtifact> copy_artifact(const LedgerDir& dir, const std::string& path) {
    ASSIGN_OR_RETURN(AddedObject object, add_object(dir, path));
    return CopiedArtifact{.facts = {.path = std::move(object.path),
                                    .size_bytes = static_cast<std::int64_t>(object.hash.bytes),
                                    .sha256 = std::move(object.hash.sha256),
                                    .format = format_of_name(path)},
                          .original_path = artifact_place(dir, path),
                          .hold = std::move(object.hold)};
}

}  // namespace daybook::ledger
