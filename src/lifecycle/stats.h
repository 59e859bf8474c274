// `daybook stats`: what a ledger holds, what it takes, and how it grows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/disk_usage.h"
#include "lifecycle/forecast.h"

namespace daybook::lifecycle {

enum class StatsBy { kDay, kType, kRun };

struct StatsOptions {
    StatsBy by = StatsBy::kDay;
    std::size_t rows_max = 0;  // of types and runs: the largest; 0: all
    // Called now and then with the bytes read and those to read; false ends it with kCancelled.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
};

// A day, a type or a run.
struct StatsRow {
    std::string name;
    std::uint64_t events = 0;            // lines: copies, and what is damaged, included
    std::uint64_t bytes = 0;             // of its lines, as they were written
    std::uint64_t disk = 0;              // of a day: its parts and its archive
    std::uint64_t artifacts = 0;         // of a day: last written then; of a run: in its directory
    std::optional<TimestampMs> first{};  // of a run: its first and its last event
    std::optional<TimestampMs> last{};
    bool operator==(const StatsRow&) const = default;
};

struct Stats {
    std::vector<StatsRow> rows{};  // days in their order; types and runs by bytes, the most first
    std::uint64_t rows_left = 0;   // that `rows_max` leaves out
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    DiskUsage usage{};
    Forecast forecast{};
};

// By day, sealed parts are counted by their seals, archives by their manifests, and only the others
// are read.  By type and by run all lines count, those of archives by their columns; memory is
// bounded but for a row each.
Result<Stats> gather_stats(const ledger::LedgerDir& dir, const Clock& clock,
                           const StatsOptions& options);

}  // namespace daybook::lifecycle
