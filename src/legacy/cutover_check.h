// Which runs the log and an attached file both have, and which lie on the wrong side of the
// cut-over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"

namespace daybook::legacy {

// When a run was created; nullopt: nobody has said so.
struct RunTime {
    std::string run_id{};
    std::optional<TimestampMs> created{};
};

// What speaks against the cut-over.
enum class Disagreement : std::uint8_t {
    kCreated,     // both have the run, created on different sides: the log's time decides
    kLegacyLate,  // the file alone has it, created on the day of the cut-over or later
    kLogEarly,    // the log alone has it, created before
};
// "created_differs", "legacy_after_cutover", "log_before_cutover".
const char* to_string(Disagreement kind);

struct DisagreeingRun {
    std::string run_id{};
    Disagreement kind = Disagreement::kCreated;
    std::optional<TimestampMs> created_in_log{};
    std::optional<TimestampMs> created_in_file{};
    bool operator==(const DisagreeingRun&) const = default;
};

struct CutoverReport {
    std::uint64_t in_both = 0;
    std::uint64_t in_file_alone = 0;
    std::uint64_t in_log_alone = 0;
    std::vector<DisagreeingRun> disagreeing{};  // by run_id; none without a cut-over
    bool operator==(const CutoverReport&) const = default;
};

// Each run once in each list, in any order.
CutoverReport check_cutover(std::vector<RunTime> log, std::vector<RunTime> file,
                            std::optional<Day> cutover);

}  // namespace daybook::legacy
