#include "cli/liveness.h"

#include <utility>

#include "os/process.h"

namespace daybook::cli {
namespace {

constexpr const char* kRunningRuns =
    "SELECT run_id, owner, coalesce(last_event_ms, 0) FROM runs_status WHERE status = 'running'";

// Of rows as kRunningRuns gives them.
Result<LivenessByRun> judge(duck::Rows& rows, TimestampMs now) {
    LivenessByRun judged;
    const ledger::OwnerJudge judge{
        .self = os::this_process(), .now = now, .heartbeat_ms_max = ledger::kHeartbeatMsMax};
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return judged;
        ledger::OwnerFacts facts{.last_event = TimestampMs(rows.get_int64(2))};
        if (!rows.is_null(1)) facts.owner = ledger::parse_owner(rows.get_string(1));
        ledger::look_at_owner(facts, judge.self);
        ledger::OwnerJudgement judgement = ledger::judge_owner(facts, judge);
        judged[std::string(rows.get_string(0))] = {.state = judgement.state,
                                                   .found = std::move(judgement.found)};
    }
}

}  // namespace

std::string_view liveness_word(ledger::OwnerState state) {
    switch (state) {
        case ledger::OwnerState::kAlive: return "alive";
        case ledger::OwnerState::kDead: return "dead";
        case ledger::OwnerState::kUnknown: break;
    }
    return "unknown";
}

Result<LivenessByRun> judge_running_runs(query::Session& session, TimestampMs now) {
    ASSIGN_OR_RETURN(duck::Rows rows, session.query(kRunningRuns));
    return judge(rows, now);
}

Result<std::optional<Liveness>> judge_run(query::Session& session, const std::string& run_id,
                                          TimestampMs now) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query(std::string(kRunningRuns) + " AND run_id = $1", {run_id}));
    ASSIGN_OR_RETURN(LivenessByRun judged, judge(rows, now));
    const auto found = judged.find(run_id);
    if (found == judged.end()) return std::nullopt;
    return std::move(found->second);
}

}  // namespace daybook::cli
