// Watches a log: told by the kernel where it can (os/directory_watch.h), by looking elsewhere.
//
//     events/ ── a new day ──▶ its directory is watched from then on
//     events/day=…/ ── a part was written to ──▶ its new lines are looked at (log_tail.h)
//
// It only says that there is something to do; what the log holds is read by the index.  A part that
// moves into an archive is the same part.  A day of the archive whose manifest cannot be read is
// not seen: the daemon serves the rest, and the index says what is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "archive/check_archives.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "log/layout.h"
#include "log/scan.h"
#include "os/directory_watch.h"
#include "server/log_tail.h"

namespace daybook::server {

struct LogNews {
    // Something is there that the index may not know.
    bool any = false;
    TailNews tail{};
};

// Not thread-safe.
class LogWatch {
public:
    // What is in the log by now is no news.  `poll`: do not ask the kernel.
    static Result<LogWatch> open(const std::string& root, bool poll);

    // What the kernel has told of since the last look; nothing while polling.
    Result<LogNews> take();
    // Looks at everything.
    Result<LogNews> look();

    // Readable when there is something to take; -1 while polling.
    int fd() const { return watch_ ? watch_->fd() : -1; }
    // Why the log is polled, or why some of it is; empty if it is not.
    const std::string& problem() const { return problem_; }
    std::uint64_t bytes() const { return bytes_; }
    // Those that have come since it was opened; what goes again is not taken off.
    std::uint64_t appended_bytes() const { return appended_bytes_; }
    std::uint64_t parts() const { return parts_.size(); }
    std::uint64_t watched_directories() const { return watch_ ? watch_->size() : 0; }

private:
    struct Part {
        ByteOffset size{};
        ByteOffset looked{};  // new lines begin here
    };

    explicit LogWatch(const std::string& root)
        : layout_(root), source_(layout_, archive::readable_parts(ledger::LedgerDir(root))) {}
    void watch(const std::string& directory);
    Status look_at_part(const log::PartId& part, LogNews& news);
    Status take_size(const log::PartId& id, ByteOffset size, bool archived, LogNews& news);
    bool registry_changed();

    log::Layout layout_;
    log::LogSource source_;
    std::optional<os::DirectoryWatch> watch_;
    std::set<std::string> watched_;
    std::map<log::PartId, Part> parts_;
    std::uint64_t bytes_ = 0;
    std::uint64_t appended_bytes_ = 0;
    bool opened_ = false;  // what comes from now on is new
    // Of _schema.json: which upcasters there are decides what the rows are.
    std::int64_t registry_modified_ns_ = 0;
    std::string problem_;
};

// Why the kernel of this machine does not see all that happens in a file system of this type;
// empty if it does.
std::string watch_problem(const std::string& type, bool network);

}  // namespace daybook::server
