// What the daemon knows about itself: plain data, from which /readyz, /metrics and the status line
// are made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "lifecycle/schedule.h"

namespace daybook::server {

// Counts of durations, as Prometheus has them.
class Histogram {
public:
    // Upper bounds, in seconds.
    static constexpr std::array kBounds = {0.005, 0.01, 0.025, 0.05, 0.1,  0.25,
                                           0.5,   1.0,  2.5,   5.0,  10.0, 60.0};

    void add(double seconds) {
        std::size_t bucket = 0;
        while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
        ++counts_[bucket];
        ++count_;
        sum_ += seconds;
    }
    // How many were at most kBounds[bucket].
    std::uint64_t at_most(std::size_t bucket) const {
        std::uint64_t total = 0;
        for (std::size_t i = 0; i <= bucket; ++i) total += counts_[i];
        return total;
    }
    std::uint64_t count() const { return count_; }
    double sum() const { return sum_; }

private:
    std::array<std::uint64_t, kBounds.size() + 1> counts_{};
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

// What has come of one task of maintenance.
struct TaskStats {
    std::array<std::uint64_t, lifecycle::kOutcomes.size()> outcomes{};  // by Outcome
    std::uint64_t bytes = 0;
    double seconds = 0;          // rests included
    double last_success_at = 0;  // seconds since the Unix epoch; 0: there was none
};

struct MaintenanceStats {
    std::array<TaskStats, lifecycle::kTasks.size()> tasks{};  // by Task
    double paused_seconds = 0;
    // What is being done; unset: nothing.
    std::optional<lifecycle::Task> working{};
};

enum class Role { kStarting, kActive, kStandby, kStopping };

struct Stats {
    Role role = Role::kStarting;
    // While it is a standby: who holds the ledger.
    std::string holder{};

    // Since the daemon started.
    std::uint64_t events_indexed = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t foreign_lines = 0;
    std::uint64_t damaged_lines = 0;
    std::uint64_t bytes_indexed = 0;
    std::uint64_t build_errors = 0;
    std::uint64_t rebuilds = 0;
    std::uint64_t syncs = 0;
    std::uint64_t lock_waits = 0;
    std::uint64_t lock_errors = 0;
    std::uint64_t runs_interrupted = 0;
    std::uint64_t parts_sealed = 0;
    std::uint64_t seal_errors = 0;
    std::uint64_t notify_errors = 0;
    Histogram builds{};
    Histogram publications{};
    // By path and status code.
    std::map<std::pair<std::string, int>, std::uint64_t> http_requests{};

    // Unset: this daemon maintains nothing.
    std::optional<MaintenanceStats> maintenance{};

    // As of the last look.
    bool indexed_once = false;  // a build has ended well
    std::uint64_t generation = 0;
    std::uint64_t snapshot_bytes = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t log_parts = 0;
    std::uint64_t running_runs = 0;
    std::uint64_t watched_directories = 0;
    // Damaged lines that no repair has dealt with, and the place of the first.
    std::uint64_t open_damage = 0;
    std::string first_damage{};
    // Why the last build, or the last seal, failed; empty if it did not.
    std::string build_error{};
    std::string seal_error{};
    // Why a lock could not be had; empty once a build has ended well after that.
    std::string lock_error{};
};

}  // namespace daybook::server
