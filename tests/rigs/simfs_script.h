// What the rig makes writers do before it lets a crash come: short scripts, all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/sim_log.h"
#include "support/sim_start.h"

namespace daybook::testing {

// What a writer does.
#define DAYBOOK_STEP_LIST(X)                                                   \
    X(kProcess, "append at process")                                           \
    X(kPower, "append at power")                                               \
    X(kBuffered, "append buffered, flush")                                     \
    X(kUnflushed, "append buffered")                                           \
    X(kMidnight, "append a batch over midnight at power")                      \
    X(kLong, "append a long event at process")                                 \
    X(kSync, "sync")                                                           \
    X(kReopen, "close and open again")                                         \
    X(kDayTurn, "let the day turn")                                            \
    X(kMaintain, "do what is due a second later")                              \
    X(kOther, "append at process by another writer")                           \
    X(kOtherPower, "append at power by another writer")                        \
    X(kFailedSync, "append at power, its fdatasync fails")                     \
    X(kFailedSyncs, "append at power, all its fdatasync calls fail")           \
    X(kFailedNames, "append at power, its sync of a directory fails")          \
    X(kTornWrite, "append at process, the disk is full in the middle")         \
    X(kTornBatch, "append a batch at process, the disk is full in the middle") \
    X(kLastWords, "append last words at power on a full disk")                 \
    X(kSeal, "let the day end, seal")                                          \
    X(kPublish, "replace a file")

enum class Step : std::uint8_t {
#define DAYBOOK_STEP_ENUMERATOR(identifier, words) identifier,
    DAYBOOK_STEP_LIST(DAYBOOK_STEP_ENUMERATOR)
#undef DAYBOOK_STEP_ENUMERATOR
};

struct Script {
    Start start = Start::kNothing;
    std::vector<Step> steps{};
};

inline constexpr std::size_t kStepsMax = 4;

// Scripts of exactly `steps` steps; nth_script() numbers them from 0.
std::uint64_t script_count(std::size_t steps);
Script nth_script(std::size_t steps, std::uint64_t number);
// "append at process; sync, from no ledger".
std::string to_string(const Script& script);

// One step, by the first writer or the second.  Calls that are made to fail do so in this step
// alone.
void take_step(SimLog& log, Step step);

// What came of a script that ran to its end.
struct Played {
    SimTree began{};                // the file system before the first step
    std::vector<Moment> moments{};  // the last one: the end
    std::vector<Promise> promises{};
    std::vector<SealedPart> sealed{};
    std::string problem{};
};
Played play(const Script& script);

}  // namespace daybook::testing
