// Whether the owner of a running run is alive, dead, or nobody can tell.
//
//     the owner's boot and pid namespace are the judge's own ─▶ look for its process: dead if there
//                                                               is none, or a later one of its pid
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

enum class OwnerState { kAlive, kDead, kUnknown };

// What a run says of itself.
struct OwnerFacts {
    // As `run.started` has it: what it lacks is empty or 0.
    os::ProcessIdentity owner{};
    // What is there under the owner's pid; only looked for if must_look().
    os::ProcessLook process{};
    // The run's owner sends heartbeats.
    bool sends_heartbeats = false;
    // The last sign of life of the run, of any kind.
    TimestampMs last_event{};
};

// The one who judges, and when.
struct OwnerJudge {
    os::ProcessIdentity self{};
    TimestampMs now{};
    // A run that sends heartbeats and has been silent for longer is dead.
    std::int64_t heartbeat_ms_max = 0;
};

struct OwnerJudgement {
    OwnerState state = OwnerState::kUnknown;
    // What was found, for the evidence: "there is no process 4711".
    std::string found{};
};

// The owner in the JSON of the column `owner`; what is absent or of another type is empty.
os::ProcessIdentity parse_owner(std::string_view json);

// Whether the owner's pid means something to the judge.
bool must_look(const os::ProcessIdentity& owner, const os::ProcessIdentity& self);

OwnerJudgement judge_owner(const OwnerFacts& facts, const OwnerJudge& judge);

// The `evidence` of a `run.interrupted`, as a JSON object: the owner that was looked for, what was
// found in its place, and by whom and when.
std::string encode_evidence(const OwnerFacts& facts, const OwnerJudge& judge,
                            const OwnerJudgement& judgement);

}  // namespace daybook::ledger
