#include "server/jobs.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

#include "archive/log_source.h"
#include "ledger/ledger_dir.h"
#include "ledger/repairs.h"
#include "ledger/sealer.h"
#include "os/file.h"
#include "query/session.h"

namespace daybook::server {
namespace {

// Whoever holds a lock for longer than this is in trouble, and the daemon with him.
constexpr std::int64_t kLockWaitNs = std::int64_t{30} * 1'000'000'000;
constexpr int kLockTryMs = 200;

// Damaged bytes, without the lines that are whole and mean nothing to the index: those are no
// damage of the log, and no repair can do anything about them.  Beside each, what a repair says of
// bytes that enclose it, if one does.
constexpr const char* kDamageSql = R"(
SELECT d.part, d.offset, d.length,
       r.payload ->> '$.sha256', TRY_CAST(r.payload ->> '$.offset' AS BIGINT),
       TRY_CAST(r.payload ->> '$.bytes' AS BIGINT)
FROM index_damage d LEFT JOIN custom_events r
  ON r.event_type = 'ledger.repaired' AND (r.payload ->> '$.part') = d.part
 AND TRY_CAST(r.payload ->> '$.offset' AS BIGINT) <= d.offset
 AND TRY_CAST(r.payload ->> '$.offset' AS BIGINT) + TRY_CAST(r.payload ->> '$.bytes' AS BIGINT)
     >= d.offset + d.length
WHERE d.reason NOT IN ('no_event', 'invalid_event', 'not_upcast')
ORDER BY d.part, d.offset)";

void note_build(const index::BuildReport& report, const JobContext& context) {
    const Result<std::optional<os::FileInfo>> file = os::file_info(report.snapshot);
    context.board.update([&](Stats& stats) {
        stats.events_indexed += report.events;
        stats.duplicates += report.duplicates;
        stats.conflicts += report.conflicts;
        stats.foreign_lines += report.foreign;
        stats.damaged_lines += report.damaged;
        stats.bytes_indexed += report.bytes;
        if (!report.rebuilt.empty()) ++stats.rebuilds;
        stats.builds.add(report.seconds);
        if (report.published) stats.publications.add(report.publish_seconds);
        stats.generation = report.generation.value();
        if (file && *file) stats.snapshot_bytes = (*file)->size.value();
        stats.indexed_once = true;
        stats.build_error.clear();
        stats.lock_error.clear();
    });
    if (!report.rebuilt.empty()) {
        context.log.warn("the index was rebuilt from the whole log: {}", report.rebuilt);
    }
    for (const std::string& note : report.notes) context.log.warn("{}", note);
    if (report.damaged > 0) {
        context.log.warn("{} damaged lines were left out; see 'daybook verify'", report.damaged);
    }
    context.log.debug(
        "batch: {} events, {} bytes in {:.3f} s; {}", report.events, report.bytes, report.seconds,
        report.published ? fmt::format("generation {} published in {:.3f} s",
                                       report.generation.value(), report.publish_seconds)
                         : "nothing published");
}

void note_failure(const Error& error, const JobContext& context) {
    if (error.code() == ErrorCode::kCancelled) return;
    const bool is_lock = error.code() == ErrorCode::kBusy;
    std::string before;
    context.board.update([&](Stats& stats) {
        ++stats.build_errors;
        before = is_lock ? stats.lock_error : stats.build_error;
        if (is_lock) ++stats.lock_errors;
        (is_lock ? stats.lock_error : stats.build_error) = error.message();
    });
    // An error that stays is told once.
    if (before != error.message()) context.log.error("{}", error.message());
}

// How a piece of work says that it comes on, and hears that it is to stop.
index::BuildOptions build_options(const JobContext& context) {
    index::BuildOptions options{.wait_ms = 0, .clock = &context.clock};
    options.progress = [&context](const index::BuildProgress&) {
        context.pulse.worked(context.clock.monotonic_ns());
        return !context.cancelled.load();
    };
    return options;
}

// Tries again and again, so that a stop is heard, and so that DuckDB's own lock is waited for too.
Result<index::BuildReport> build_when_free(const JobContext& context, index::BuildOptions options) {
    options.wait_ms = kLockTryMs;
    const std::int64_t deadline_ns = context.clock.monotonic_ns() + kLockWaitNs;
    while (true) {
        const std::int64_t begun_ns = context.clock.monotonic_ns();
        context.pulse.worked(begun_ns);
        Result<index::BuildReport> report = index::build(context.root, options);
        if (report || report.error().code() != ErrorCode::kBusy) return report;
        if (context.cancelled.load()) {
            return fail(ErrorCode::kCancelled, "build index of {}: stopped", context.root);
        }
        const std::int64_t now_ns = context.clock.monotonic_ns();
        if (now_ns >= deadline_ns) return report;
        // Not all that is busy has waited already.
        if (now_ns - begun_ns < kLockTryMs * 500'000) {
            std::this_thread::sleep_for(std::chrono::milliseconds(kLockTryMs));
        }
    }
}

}  // namespace

Result<index::BuildReport> run_build(const JobContext& context, const Sources& sources) {
    index::BuildOptions options = build_options(context);
    options.extras = sources;
    Result<index::BuildReport> report = index::build(context.root, options);
    if (!report && report.error().code() == ErrorCode::kBusy && !context.cancelled.load()) {
        context.board.update([](Stats& stats) { ++stats.lock_waits; });
        context.log.debug("waiting: {}", report.error().message());
        report = build_when_free(context, std::move(options));
    }
    if (report) {
        note_build(*report, context);
    } else {
        note_failure(report.error(), context);
    }
    return report;
}

Sources find_sources(const JobContext& context, query::Effort effort, std::string& told) {
    if (context.extra == nullptr) return {};
    const auto keep_on = [&context] {
        context.pulse.worked(context.clock.monotonic_ns());
        return !context.cancelled.load();
    };
    Result<query::ExtraIndexes> found =
        context.extra->refresh(context.root, {.effort = effort, .keep_on = keep_on});
    if (!found && found.error().code() == ErrorCode::kCancelled) return {};
    const std::vector<std::string> notes =
        found ? found->notes : std::vector{found.error().message()};
    // How old a copy is changes at each look, and is no news.
    std::string news;
    for (const std::string& note : notes) {
        std::copy_if(note.begin(), note.end(), std::back_inserter(news),
                     [](char c) { return c < '0' || c > '9'; });
    }
    if (std::exchange(told, news) != news) {
        for (const std::string& note : notes) context.log.warn("{}", note);
    }
    if (!found) return {};
    return std::move(found->indexes);
}

Status look_at_damage(const JobContext& context) {
    ASSIGN_OR_RETURN(query::Session session, query::Session::open(context.root, {.threads = 1}));
    ASSIGN_OR_RETURN(duck::Rows rows, session.query(kDamageSql));
    const log::LogSource source = archive::log_source(ledger::LedgerDir(context.root));
    std::uint64_t open = 0;
    std::string first;
    std::string last_place;
    bool last_covered = true;
    const auto close_last = [&] {
        if (last_covered) return;
        if (++open == 1) first = last_place;
    };
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const std::string part(rows.get_string(0));
        // What 'daybook inspect line' takes.
        std::string place = fmt::format("{}:{}", part, rows.get_int64(1));
        if (place != last_place) {
            close_last();
            last_place = std::move(place);
            last_covered = false;
        }
        const auto id = log::parse_part_id(part);
        if (last_covered || !id || rows.is_null(3) || rows.is_null(4) || rows.is_null(5)) continue;
        const auto hash = ledger::sha256_of_range(
            source, *id, ByteOffset(static_cast<std::uint64_t>(rows.get_int64(4))),
            static_cast<std::uint64_t>(rows.get_int64(5)));
        last_covered = hash && *hash == rows.get_string(3);
    }
    close_last();
    context.board.update([&](Stats& stats) {
        stats.open_damage = open;
        stats.first_damage = first;
    });
    return {};
}

Status run_sealer(const JobContext& context) {
    const ledger::LedgerDir dir(context.root);
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir.layout()));
    const TimestampMs now = context.clock.now();
    ASSIGN_OR_RETURN(const log::Sharing sharing, log::sharing_of(dir.layout()));
    if (ledger::parts_to_seal(parts, now, sharing).empty()) return {};
    const Result<ledger::SealReport> report = ledger::seal_parts(
        dir, {.wait_ms = 0, .clock = &context.clock},
        [&](std::uint64_t, std::uint64_t) { context.pulse.worked(context.clock.monotonic_ns()); });
    std::string problem = report ? "" : report.error().message();
    std::uint64_t sealed = 0;
    if (report) {
        for (const ledger::SealOutcome& outcome : report->parts) {
            if (outcome.state == ledger::SealState::kSealed) {
                ++sealed;
                context.log.info("sealed {}", to_string(outcome.part));
            }
            if (outcome.state == ledger::SealState::kNotOpened) problem = outcome.detail;
        }
    }
    // Somebody else seals: that is as good.
    const bool is_busy = !report && report.error().code() == ErrorCode::kBusy;
    std::string before;
    context.board.update([&](Stats& stats) {
        stats.parts_sealed += sealed;
        if (is_busy) ++stats.lock_waits;
        if (!problem.empty() && !is_busy) ++stats.seal_errors;
        before = stats.seal_error;
        if (!is_busy) stats.seal_error = problem;
    });
    if (!problem.empty() && !is_busy && before != problem) {
        context.log.error("seal: {}; see 'daybook seal'", problem);
    }
    return {};
}

Result<std::vector<RunningRun>> run_interruptions(const JobContext& context,
                                                  const Attempts& suspects,
                                                  const HeartbeatRuns& heartbeats,
                                                  std::int64_t heartbeat_ms_max, Attempts& done) {
    ASSIGN_OR_RETURN(const index::BuildReport report, run_build(context));
    if (report.damaged > 0) RETURN_IF_ERROR(look_at_damage(context));
    ASSIGN_OR_RETURN(std::vector<RunningRun> runs, running_runs(context.root));
    const ledger::OwnerJudge judge{.self = os::this_process(),
                                   .now = context.clock.now(),
                                   .heartbeat_ms_max = heartbeat_ms_max};
    for (const DeadRun& dead : find_dead(runs, heartbeats, judge)) {
        if (!suspects.contains({dead.run.run_id, dead.run.attempt})) continue;
        ASSIGN_OR_RETURN(const std::uint64_t recorded,
                         record_interruptions(context.root, {dead}, done, context.clock));
        if (recorded == 0) continue;
        context.log.warn("run {} was interrupted: {}", dead.run.run_id, dead.found);
        context.board.update([](Stats& stats) { ++stats.runs_interrupted; });
    }
    std::erase_if(runs,
                  [&](const RunningRun& run) { return done.contains({run.run_id, run.attempt}); });
    return runs;
}

}  // namespace daybook::server
