// `daybook index`: brings the index up to date with the log and publishes a snapshot of it.
//
//     log ──cursors──▶ batches ──fold──▶ work/index.duckdb ──copy, rename──▶ gen-N.duckdb,
//     runs.duckdb
//
// `rm -rf index/` is always safe: the next build restores every row.  A build that dies at any
// point leaves the last snapshot in place, and the next one goes on from the last committed batch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/result.h"
#include "index/batch.h"
#include "index/extra_index.h"
#include "index/index_layout.h"

namespace daybook::index {

struct BuildProgress {
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;
    std::uint64_t events = 0;
    double seconds = 0;
    // Unknown at the beginning.
    std::optional<double> seconds_left;
};

struct BuildOptions {
    // How long to wait for another builder.
    int wait_ms = 30'000;
    // Apply the parts of this day and later once more.  That changes nothing unless something was
    // wrong; it never drops a row.
    std::optional<Day> since{};
    // Throw the working database away and read the whole log.
    bool full_rebuild = false;
    // Publish the snapshot here instead of in index/; it is made even if nothing is new.
    std::string target{};
    // Make a snapshot even if nothing is new: the last one cannot be opened.
    bool republish = false;
    // Build here and not in <root>/index: an index beside the ledger's own, complete with lock and
    // snapshot.
    std::string index_dir{};
    // Read each part only so far, and no part that is not named.
    std::optional<BytesRead> only{};
    // What the snapshot's views answer from beside the log; unset: as before, and nothing after a
    // rebuild.
    std::optional<std::vector<ExtraIndex>> extras{};
    // 0: as many as there are processors.
    unsigned threads = 0;
    // What the build may take of the memory, at least kBuildMemoryBytesMin; 0: half of the
    // machine's, but no more than makes it faster (memory_plan.h).
    std::uint64_t memory_bytes_max = 0;
    // How much of the log a batch holds; 0: as the memory allows.
    std::uint64_t batch_bytes = 0;
    // Called after each batch; returning false stops the build with kCancelled.  What has been
    // applied stays in the working database.
    std::function<bool(const BuildProgress&)> progress{};
    const Clock* clock = &system_clock();
};

struct BuildReport {
    std::uint64_t events = 0;      // applied
    std::uint64_t duplicates = 0;  // copies of events that counted already
    std::uint64_t conflicts = 0;   // events under an id that another content has
    std::uint64_t damaged = 0;     // lines that are no event
    std::uint64_t foreign = 0;     // lines of other tools, without a checksum
    std::uint64_t bytes = 0;       // read
    double seconds = 0;
    double publish_seconds = 0;  // of these, for the copy and its name; 0 if nothing was published
    // Why everything was read again; empty if it was not.
    std::string rebuilt;
    // What else the user should know: what was in the way, and what became of it.
    std::vector<std::string> notes;
    // False: nothing was new, the snapshot is still the last one.
    bool published = false;
    std::string snapshot;  // its path
    Generation generation{};
    std::string digest;  // 32 hex digits
};

// Builds the index of the ledger in `root`.  kBusy: another process builds it, and still did after
// `wait_ms`; the message says who.  kUnsupported: there is no libduckdb.so.
Result<BuildReport> build(const std::string& root, const BuildOptions& options = {});

}  // namespace daybook::index
