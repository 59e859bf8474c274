// `daybook doctor`: is all well with a ledger, and if not, which command mends it?
//
// judge() is a pure function of what was found; look_at_ledger() (doctor_look.h) finds it, and
// changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_troubles.h"
#include "base/result.h"
#include "base/strong.h"
#include "lifecycle/disk_usage.h"
#include "lifecycle/forecast.h"
#include "os/filesystem.h"

namespace daybook::lifecycle {

// From where on something is worth a word: the table of docs/operating/growth.md.
struct DoctorLimits {
    std::uint64_t free_bytes_warn = std::uint64_t{2} << 30;
    std::uint64_t free_bytes_bad = std::uint64_t{256} << 20;
    double days_left_warn = 30;
    double days_left_bad = 7;
    double days_left_policy = 90;  // with less than that, and no retention policy
    std::int64_t clock_ms = std::int64_t{5} * 60 * 1000;
    std::uint64_t tail_bytes = std::uint64_t{64} << 20;  // what questions read without an index
    std::uint64_t archive_bytes = std::uint64_t{1} << 30;
    std::uint64_t evidence_bytes = std::uint64_t{100} << 20;
    std::int64_t silence_ms = std::int64_t{7} * 24 * 60 * 60 * 1000;  // of a run that is running
    std::int64_t backup_ms = std::int64_t{7} * 24 * 60 * 60 * 1000;
};

struct DiskFacts {
    DiskUsage usage{};
    Forecast forecast{};
    bool has_reserve = false;
    bool has_policy = false;       // ledger.json has "retention"
    std::string policy_problem{};  // why nobody can go by it; empty: it can be read
};

struct LogFacts {
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
    std::optional<TimestampMs> newest{};  // event, or change of a part's file
    std::uint64_t late_seals = 0;         // parts whose day ended over a day ago
    std::string late_day{};               // the first of them
    std::uint64_t archive_days = 0;       // sealed days of over a week ago that are no archive
    std::uint64_t archive_bytes = 0;
    std::vector<std::string> chain{};  // what is wrong with the seals
    std::vector<std::string> strays{};
    std::string missing{};  // parts that were sealed and are not there; empty: there are none
};

// A run that is recorded as running, and whose owner is not known to be alive or dead.
struct UncertainRun {
    std::string run_id{};
    TimestampMs since{};       // when it began
    TimestampMs last_event{};  // of any kind
};

struct IndexFacts {
    bool there = false;
    bool has_daemon = false;
    std::uint64_t tail_bytes = 0;  // of the log that the snapshot does not have
    std::string mismatch{};        // why the snapshot is not one of this log; empty: it is
    std::uint64_t damaged = 0;     // ranges that no repair has dealt with
    std::string first_damage{};    // "day=…/part-000001 at 4711"
    std::uint64_t running = 0;
    std::vector<std::string> dead{};        // of these, runs whose owner has died
    std::vector<UncertainRun> uncertain{};  // the longest silent first
};

struct BackupFacts {
    std::string destination{};
    TimestampMs at{};
    std::uint64_t losses = 0;  // what the ledger lacked or had damaged
    std::uint64_t unread = 0;  // files that an incremental one took for unchanged
};

struct TrashFacts {
    std::uint64_t entries = 0;
    std::uint64_t overdue = 0;  // that have lain for over three days
    std::uint64_t ahead = 0;    // that came by a clock that was ahead of this one
};

struct LegacyFacts {
    std::uint64_t sources = 0;
    std::vector<std::string> missing{};
};

// A part that could not be looked at holds the error.
struct DoctorFacts {
    TimestampMs now{};
    Result<os::FilesystemTraits> filesystem{};
    Result<DiskFacts> disk{};
    Result<LogFacts> log{};
    Result<std::vector<archive::ArchiveTrouble>> archives{};
    Result<IndexFacts> index{};
    Result<TrashFacts> trash{};
    Result<LegacyFacts> legacy{};
    Result<std::optional<BackupFacts>> backup{};
    // An interrupted retention: its journal is there, and nobody is at work.
    Result<bool> half_retained{};
    std::string retention_problem{};   // why nobody can finish it; empty: the next one can
    std::vector<std::string> locks{};  // "lifecycle.lock: pid 4711 on host since …"
};

enum class Health {
    kOk,
    kWarn,     // something is to be done
    kBad,      // soon, or something is lost
    kUnknown,  // it could not be looked at
};
const char* to_string(Health health);

struct Check {
    std::string name;  // for programs, and stays
    Health health = Health::kOk;
    std::string found{};
    std::string mend{};  // a command, or what to do; empty: nothing
    bool operator==(const Check&) const = default;
};

// `human_bytes` spells sizes.
std::vector<Check> judge(const DoctorFacts& facts, const DoctorLimits& limits,
                         std::string (*human_bytes)(std::uint64_t));

}  // namespace daybook::lifecycle
