#include "cli/liveness.h"

#include "os/process.h"

namespace daybook::cli {

std::string_view liveness_word(ledger::OwnerState state) {
    switch (state) {
        case ledger::OwnerState::kAlive: return "alive";
        case ledger::OwnerState::kDead: return "dead";
        case ledger::OwnerState::kUnknown: break;
    }
    return "unknown";
}

Result<LivenessByRun> judge_running_runs(query::Session& session, TimestampMs now) {
    LivenessByRun judged;
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT run_id, owner, coalesce(last_event_ms, 0) "
                                   "FROM runs_status WHERE status = 'running'"));
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

}  // namespace daybook::cli
