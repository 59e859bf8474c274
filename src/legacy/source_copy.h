// A copy of somebody else's DuckDB file, taken without being in his way.
//
//     look ── held for writing? ──▶ the owner is named; try again, or later
//       │     note size, times and identity of the file and of its write-ahead logs
//     copy both
//       │
//     look again ── the same, and still nobody? ──▶ a good copy
//
// The file itself is never locked, and never opened by DuckDB: whoever owns it may open it for
// writing at any moment, and meets nobody.  What DuckDB still has to do (replaying the log) is done
// to the copy.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace daybook::legacy {

struct CopyOptions {
    // How long to try again while the file is held for writing, or changes.
    int wait_ms = 0;
    // Asked now and then, also from another thread; false ends it with kCancelled.
    std::function<bool()> keep_on{};
    const Clock* clock = &system_clock();
};

struct SourceCopy {
    // source_version() of what was copied.
    std::string version{};
    std::uint64_t bytes = 0;  // of the file and its write-ahead log
    // SHA-256 of the file's bytes, and of those of its write-ahead log behind them.
    std::string sha256{};
    bool had_wal = false;
    TimestampMs copied_at{};
    std::int64_t waited_ms = 0;  // until the attempt that succeeded began
};

struct SourceState {
    // What tells the state in which the file is from any other: its identity, size and times, and
    // those of its write-ahead logs.
    std::string version{};
    std::uint64_t bytes = 0;  // of the file and its write-ahead log
};

// How the file at `path` is now.  Costs a few looks at the directory.  kNotFound: there is no such
// file; kInvalidArgument: it is no ordinary file.
Result<SourceState> source_state(const std::string& path);
// Its version alone.
Result<std::string> source_version(const std::string& path);

// Who has the file at `path` open for writing: "pid 4711 (python3)"; nullopt: nobody.  Errors as
// above, and those of the file system.
Result<std::optional<std::string>> source_writer(const std::string& path);

// Puts a copy of the DuckDB file at `path` to `target`, complete with what its write-ahead log
// holds, closed and synced; `target` has no log.  What an earlier attempt has left there is
// replaced, and after an error whatever is there may not be used.  One caller at a time for a
// `target`.
//   kBusy: a process holds the file for writing, or it changed during each attempt; or a second log
//   lies beside it, which a newer DuckDB has left that ended in the middle of a checkpoint;
//   kNotFound, kInvalidArgument: as above;
//   kCorrupt: it is no DuckDB file, or cut short, or damaged;
//   kUnsupported: it was written in a storage version that this program cannot read.
Result<SourceCopy> copy_source(const std::string& path, const std::string& target,
                               const CopyOptions& options = {});

}  // namespace daybook::legacy
