// Whether the owner of a running run is alive, dead, or nobody can tell.
//
//     the owner's boot and pid namespace are the judge's own ─▶ look for its process, and for that
//                                                               of the program that it runs: dead
//                                                               if there is neither, or later ones
//                                                               of their pids
//     another boot of the same machine                        ─▶ dead
//     anything else                                           ─▶ unknown: only a heartbeat counts
//
// A pure function of facts: what is not certain is never called dead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "os/process.h"
#include "os/process_look.h"

namespace daybook::ledger {

// How long a run that sends heartbeats may be silent, if nobody has said otherwise.
inline constexpr std::int64_t kHeartbeatMsMax = 300'000;

enum class OwnerState { kAlive, kDead, kUnknown };

// The program that an owner runs and records for, a process in the owner's namespace.
struct OwnerProgram {
    std::int64_t pid = 0;  // 0: there is none
    std::int64_t pid_start = 0;
    bool operator==(const OwnerProgram&) const = default;
};

// The owner of a run as `run.started` has it: what it lacks is empty or 0.
struct RunOwner {
    os::ProcessIdentity process{};
    OwnerProgram program{};
    std::int64_t heartbeat_ms = 0;  // how often it sends heartbeats
    bool operator==(const RunOwner&) const = default;
};

// What is known of a run that should be running.
struct OwnerFacts {
    RunOwner owner{};
    // What is there under the owner's pid and its program's; only looked for if must_look().
    os::ProcessLook process{};
    os::ProcessLook program{};
    // Heartbeats have come, whether or not the owner has announced them.
    bool sends_heartbeats = false;
    // The last sign of life of the run, of any kind.
    TimestampMs last_event{};
};

// The one who judges, and when.
struct OwnerJudge {
    os::ProcessIdentity self{};
    TimestampMs now{};
    // A run that sends heartbeats and has been silent for longer is dead; where it has announced
    // rare ones, after three of them.
    std::int64_t heartbeat_ms_max = 0;
};

struct OwnerJudgement {
    OwnerState state = OwnerState::kUnknown;
    // What was found, for the evidence: "there is no process 4711".
    std::string found{};
};

// The owner in the JSON of the column `owner`; what is absent or of another type is empty.
RunOwner parse_owner(std::string_view json);

// Whether the owner's pid means something to the judge.
bool must_look(const os::ProcessIdentity& owner, const os::ProcessIdentity& self);

OwnerJudgement judge_owner(const OwnerFacts& facts, const OwnerJudge& judge);

// Fills `process` and `program` of `facts` where they mean something to the judge.
void look_at_owner(OwnerFacts& facts, const os::ProcessIdentity& self);

// The `evidence` of a `run.interrupted`, as a JSON object: the owner that was looked for, what was
// found in its place, and by whom and when.
std::string encode_evidence(const OwnerFacts& facts, const OwnerJudge& judge,
                            const OwnerJudgement& judgement);

}  // namespace daybook::ledger
