// `daybook index --check`: whether the index is what the log says.
//
//     runs.duckdb ───────────copy───▶ ┐
//     work/index.duckdb ─────copy───▶ ├─ digests, then tables row by row ─▶ first difference
//     log, so far as they read it ──▶ ┘  a full rebuild
//
// The rebuild reads exactly the bytes that the cursors of the other two stand for, so the log may
// grow, and the index be brought up to date, while a check runs.  writer.lock is held only while
// files are copied.  All of it is done in a directory of its own, which is removed again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "index/table_diff.h"

namespace daybook::index {

struct CheckOptions {
    // How long to wait for a builder, or another check, to be done.
    int wait_ms = 30'000;
    // As in BuildOptions.
    unsigned threads = 0;
    std::uint64_t memory_bytes_max = 0;
    // Called now and then: what is being done, how far it is, and of how much (0: not known).
    // Returning false ends the check with kCancelled.
    std::function<bool(std::string_view what, std::uint64_t done, std::uint64_t total)> progress{};
    const Clock* clock = &system_clock();
};

// One index beside the full rebuild of what it has read.
struct Comparison {
    std::string name;            // "snapshot" or "incremental state"
    std::string path;            // of its file
    std::uint64_t bytes = 0;     // of the log that it has read
    std::string kept_digest;     // as index_meta has it
    std::string digest;          // of the rows that are there
    std::string rebuilt_digest;  // of the rows that ought to be there
    // The left side is this index, the right one the rebuild.
    std::optional<TableDifference> difference{};
};

struct CheckReport {
    std::vector<Comparison> comparisons;
    // What was not compared, and why.
    std::vector<std::string> notes;
    double seconds = 0;

    bool is_equal() const;
};

// Checks the index of the ledger in `root`.  kNotFound: there is none; kUnsupported: another
// version of the program made it; kBusy: a builder was at work for `wait_ms`; kCorrupt: DuckDB
// cannot read it.
Result<CheckReport> check(const std::string& root, const CheckOptions& options = {});

}  // namespace daybook::index
