// Runs whose owner has died without a word: finding them, and recording `run.interrupted`.
//
//     the list of running runs ──judged (ledger/owner.h)──▶ dead ──▶ the index is brought up to
//     date
//         ──▶ looked at and judged once more ──▶ run.interrupted, through the ledger's writer
//
// A dead owner writes nothing more, so what it had written before it was found dead is in the log
// by then: a run that has ended is in the index that was built after that.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/owner.h"

namespace daybook::server {

struct RunningRun {
    std::string run_id{};
    std::int64_t attempt = 1;
    TimestampMs begun{};  // its first event that the index knows
    ledger::RunOwner owner{};
    TimestampMs last_event{};
};

// The running runs of the newest snapshot of the ledger in `root`; none if there is no snapshot.
Result<std::vector<RunningRun>> running_runs(const std::string& root);

// Who has been heard to send heartbeats.
using HeartbeatRuns = std::set<std::string, std::less<>>;

// Of `runs`, those whose `run.heartbeat` is in the log: for runs that began before the daemon.
Status find_heartbeats(const std::string& root, const std::vector<RunningRun>& runs,
                       HeartbeatRuns& heartbeats);

struct DeadRun {
    RunningRun run{};
    std::string found{};     // what was found in the owner's place
    std::string evidence{};  // JSON
};

// Looks at the owners' processes.
std::vector<DeadRun> find_dead(const std::vector<RunningRun>& runs, const HeartbeatRuns& heartbeats,
                               const ledger::OwnerJudge& judge);

// What has been recorded by this process: run and attempt.
using Attempts = std::set<std::pair<std::string, std::int64_t>>;

// Records those of `dead` that are not in `done`, and adds them.  How many were recorded.
Result<std::uint64_t> record_interruptions(const std::string& root,
                                           const std::vector<DeadRun>& dead, Attempts& done,
                                           const Clock& clock);

}  // namespace daybook::server
