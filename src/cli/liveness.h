// Which of the runs that the index has as running are alive, by looking at their owners.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "ledger/owner.h"
#include "query/session.h"

namespace daybook::cli {

struct Liveness {
    ledger::OwnerState state = ledger::OwnerState::kUnknown;
    std::string found{};  // "there is no process 4711"
};

// "alive", "dead" or "unknown".
std::string_view liveness_word(ledger::OwnerState state);

using LivenessByRun = std::map<std::string, Liveness, std::less<>>;

// Of all runs whose status is running, judged now and by this process.  Nothing is recorded: that
// is the daemon's to do.
Result<LivenessByRun> judge_running_runs(query::Session& session, TimestampMs now);
// The same of one run; nullopt: its status is another, or it is not there.
Result<std::optional<Liveness>> judge_run(query::Session& session, const std::string& run_id,
                                          TimestampMs now);

}  // namespace daybook::cli
