#include "archive/read_back.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "archive/inflate.h"
#include "base/hash.h"
#include "ledger/file_hash.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::archive {
namespace {

// Takes one part after the other, in several threads.
class PartChecks {
public:
    PartChecks(const Inflater& inflater, const std::string& path,
               std::span<const ArchivedPart> parts, const Progress& progress)
        : inflater_(inflater), path_(path), parts_(parts), progress_(progress) {}

    Status run() {
        const std::size_t count = std::min<std::size_t>(os::processor_count(), parts_.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < count; ++i) threads.emplace_back([this] { work(); });
        work();
        for (std::thread& thread : threads) thread.join();
        return status_;
    }

private:
    void work() {
        while (true) {
            const std::size_t position = next_.fetch_add(1);
            if (position >= parts_.size()) return;
            const Status checked = check(parts_[position]);
            if (checked) continue;
            const std::lock_guard lock(mutex_);
            if (status_) status_ = checked;
            next_ = parts_.size();
            return;
        }
    }

    Status check(const ArchivedPart& part) {
        Sha256 hash;
        RETURN_IF_ERROR(inflater_.inflate(path_, part, [&](std::string_view bytes) -> Status {
            hash.update(bytes);
            if (!progress_) return {};
            const std::lock_guard lock(mutex_);
            if (progress_(bytes.size())) return {};
            return fail(ErrorCode::kCancelled, "read {} back: stopped", path_);
        }));
        const std::string found = to_hex(hash.finish());
        if (found == part.readable_sha256()) return {};
        return fail(ErrorCode::kCorrupt, "read {} back: {} has SHA-256 {}, expected {}", path_,
                    to_string(part.part), found, part.readable_sha256());
    }

    const Inflater& inflater_;
    const std::string& path_;
    std::span<const ArchivedPart> parts_;
    const Progress& progress_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;  // of the two below
    Status status_;
};

}  // namespace

Status read_back(const std::string& path, const ArchiveFile& file,
                 std::span<const ArchivedPart> parts, const Progress& progress) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd.get(), path));
    if (hash.sha256 != file.sha256 || hash.bytes != file.bytes) {
        return fail(ErrorCode::kCorrupt,
                    "read {} back: it has {} bytes with SHA-256 {}, expected {} with {}", path,
                    hash.bytes, hash.sha256, file.bytes, file.sha256);
    }
    ASSIGN_OR_RETURN(const Inflater inflater, Inflater::open());
    return PartChecks(inflater, path, parts, progress).run();
}

}  // namespace daybook::archive
