#include "server/interruptions.h"

#include <algorithm>
#include <limits>

#include "archive/log_source.h"
#include "event/events.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "log/scan.h"
#include "query/session.h"
#include "server/log_tail.h"

namespace daybook::server {
namespace {

constexpr std::uint64_t kQueryBytesMax = std::uint64_t{256} << 20;

constexpr const char* kRunningSql =
    "SELECT run_id, attempt, coalesce(started_at_ms, last_event_ms, 0), owner, "
    "coalesce(last_event_ms, 0) FROM runs_status WHERE status = 'running' ORDER BY run_id";

}  // namespace

Result<std::vector<RunningRun>> running_runs(const std::string& root) {
    std::vector<RunningRun> runs;
    Result<query::Session> session =
        query::Session::open(root, {.memory_bytes_max = kQueryBytesMax, .threads = 1});
    if (!session && session.error().code() == ErrorCode::kNotFound) return runs;
    if (!session) return fail(session.error());
    ASSIGN_OR_RETURN(duck::Rows rows, session->query(kRunningSql));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return runs;
        RunningRun run{.run_id = std::string(rows.get_string(0)),
                       .attempt = rows.is_null(1) ? 1 : rows.get_int64(1),
                       .begun = TimestampMs(rows.get_int64(2)),
                       .last_event = TimestampMs(rows.get_int64(4))};
        if (!rows.is_null(3)) run.owner = ledger::parse_owner(rows.get_string(3));
        runs.push_back(std::move(run));
    }
}

Status find_heartbeats(const std::string& root, const std::vector<RunningRun>& runs,
                       HeartbeatRuns& heartbeats) {
    if (runs.empty()) return {};
    const auto earlier = [](const RunningRun& a, const RunningRun& b) { return a.begun < b.begun; };
    const TimestampMs begun = std::min_element(runs.begin(), runs.end(), earlier)->begun;
    const log::LogSource source = archive::log_source(ledger::LedgerDir(root));
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
    TailNews news;
    for (const log::PartInfo& part : parts) {
        if (has_day(begun) && part.id.day < day_of(begun)) continue;
        ASSIGN_OR_RETURN(const ByteOffset end,
                         read_tail(source, part.id, ByteOffset(0), part.size.value(), news));
        (void)end;
    }
    const std::set<std::string, std::less<>> found(news.heartbeats.begin(), news.heartbeats.end());
    for (const RunningRun& run : runs) {
        if (found.contains(run.run_id)) heartbeats.insert(run.run_id);
    }
    return {};
}

std::vector<DeadRun> find_dead(const std::vector<RunningRun>& runs, const HeartbeatRuns& heartbeats,
                               const ledger::OwnerJudge& judge) {
    std::vector<DeadRun> dead;
    for (const RunningRun& run : runs) {
        ledger::OwnerFacts facts{.owner = run.owner,
                                 .sends_heartbeats = heartbeats.contains(run.run_id),
                                 .last_event = run.last_event};
        ledger::look_at_owner(facts, judge.self);
        const ledger::OwnerJudgement judgement = ledger::judge_owner(facts, judge);
        if (judgement.state != ledger::OwnerState::kDead) continue;
        dead.push_back({run, judgement.found, encode_evidence(facts, judge, judgement)});
    }
    return dead;
}

Result<std::uint64_t> record_interruptions(const std::string& root,
                                           const std::vector<DeadRun>& dead, Attempts& done,
                                           const Clock& clock) {
    std::uint64_t recorded = 0;
    std::unique_ptr<ledger::EventLog> log;
    for (const DeadRun& found : dead) {
        const RunningRun& run = found.run;
        if (done.contains({run.run_id, run.attempt})) continue;
        if (log == nullptr) {
            // Opened for this and closed again: a daemon that holds no lane hinders no sealer.
            ASSIGN_OR_RETURN(log, ledger::EventLog::open(
                                      ledger::LedgerDir(root),
                                      {.create = true, .clock = &clock, .background = false}));
        }
        const event::RunInterrupted event{.evidence = Json{found.evidence}, .attempt = run.attempt};
        ASSIGN_OR_RETURN(const event::Receipt receipt, log->emit(run.run_id, event));
        (void)receipt;
        done.insert({run.run_id, run.attempt});
        ++recorded;
    }
    return recorded;
}

}  // namespace daybook::server
