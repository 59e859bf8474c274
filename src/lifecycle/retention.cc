#include "lifecycle/retention.h"

#include <fcntl.h>

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "archive/archive_layout.h"
#include "archive/manifest_file.h"
#include "base/calendar.h"
#include "base/check.h"
#include "base/random.h"
#include "event/event_id.h"
#include "index/builder.h"
#include "ledger/file_hash.h"
#include "ledger/manifest.h"
#include "lifecycle/archive_leftovers.h"
#include "lifecycle/holds.h"
#include "lifecycle/lifecycle_lock.h"
#include "lifecycle/missing_parts.h"
#include "lifecycle/retention_apply.h"
#include "lifecycle/retention_journal.h"
#include "lifecycle/retention_recheck.h"
#include "lifecycle/run_facts.h"
#include "lifecycle/trash.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"
#include "query/fresh.h"
#include "query/session.h"

namespace daybook::lifecycle {
namespace {

constexpr int kIndexWaitMs = 30'000;

struct Decision {
    query::Session session;  // what it was made from
    PlanTime time{};
    LedgerFacts facts{};
    RetentionPlan plan{};
};

Result<Decision> decide(const ledger::LedgerDir& dir, const RetainOptions& options) {
    const PlanTime time{.clock = options.clock->now(), .trust_clock = options.trust_clock};
    ASSIGN_OR_RETURN(const std::vector<Hold> holds, read_holds(dir));
    ASSIGN_OR_RETURN(query::FreshSession fresh,
                     query::open_fresh(dir.root(), {.keep_on = options.keep_on}));
    Decision decision{.session = std::move(fresh.session), .time = time};
    ASSIGN_OR_RETURN(decision.facts, gather_facts(dir, decision.session, options.policy, holds,
                                                  time, options.keep_on));
    decision.plan = plan_retention(decision.facts, options.policy, time);
    return decision;
}

// "keep_days 90, deleted": what asked for it, where nobody has said why.
std::string limits_text(const RetentionPolicy& policy) {
    std::vector<std::string> limits;
    if (policy.keep_days) limits.push_back(fmt::format("keep_days {}", *policy.keep_days));
    if (policy.keep_bytes) limits.push_back(fmt::format("keep_bytes {}", *policy.keep_bytes));
    if (policy.keep_last_runs) {
        limits.push_back(fmt::format("keep_last_runs {}", *policy.keep_last_runs));
    }
    if (policy.deleted) limits.emplace_back("deleted");
    return fmt::format("{}", fmt::join(limits, ", "));
}

RetentionJournal make_journal(const Decision& decision, const RetainOptions& options) {
    RetentionJournal journal{
        .at = options.clock->now(),
        .reason = options.reason.empty() ? limits_text(options.policy) : options.reason,
        .author = options.author,
        .summaries = options.policy.summaries};
    for (const RunDecision& run : decision.plan.goes) journal.runs.push_back(run.run_id);
    std::sort(journal.runs.begin(), journal.runs.end());
    std::map<Day, std::size_t> runs_cut;
    std::set<Day> days;
    for (const RunFacts& run : decision.facts.runs) {
        if (!std::binary_search(journal.runs.begin(), journal.runs.end(), run.run_id)) continue;
        days.insert(run.days.begin(), run.days.end());
        for (const Day day : run.days_cut) ++runs_cut[day];
    }
    journal.days_of_runs.assign(days.begin(), days.end());
    event::EventIdGenerator ids(random_seed());
    for (const auto& [day, runs] : runs_cut) {
        JournalDay& cut = journal.days.emplace_back(JournalDay{.day = day});
        for (std::size_t i = 0; i < runs; i += kRunsAnEventMax) {
            cut.event_ids.push_back(ids.next(journal.at).to_string());
        }
    }
    return journal;
}

void add(std::vector<std::string>& to, std::vector<std::string> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

// What earlier ones have left, and an index that has all there is.
Status prepare(const ledger::LedgerDir& dir, const RetainOptions& options, RetainReport& report) {
    ASSIGN_OR_RETURN(Leftovers leftovers, finish_archives(dir, *options.clock));
    add(report.notes, std::move(leftovers.finished));
    add(report.notes, std::move(leftovers.problems));
    ASSIGN_OR_RETURN(FinishedRetention finished, finish_retention(dir, *options.clock));
    if (!finished.done.empty()) report.notes.push_back(std::move(finished.done));
    add(report.problems, std::move(finished.problems));
    index::BuildOptions build{.wait_ms = std::max(options.wait_ms, kIndexWaitMs)};
    if (options.keep_on) {
        build.progress = [&options](const index::BuildProgress&) { return options.keep_on(); };
    }
    return index::build(dir.root(), build).map([](const index::BuildReport&) {});
}

// The SHA-256 of files against their manifests.
Status check_day(const archive::ArchiveLayout& layout, Day day, std::string& damaged,
                 std::vector<std::string>& problems) {
    const auto report = [&](const std::string& path, const std::string& detail) {
        damaged = path;
        problems.push_back(fmt::format(
            "{}; runs with events in it stay; 'daybook verify --deep' looks at all files", detail));
    };
    ASSIGN_OR_RETURN(const auto manifest, archive::read_manifest(layout, day));
    if (!manifest) {
        report(layout.manifest_path(day), layout.manifest_path(day) + " is gone");
        return {};
    }
    for (const archive::ArchiveFile& file : manifest->files) {
        const std::string path = layout.file_path(day, file.name);
        const auto fd = os::open_fd(path, O_RDONLY);
        if (!fd && fd.error().code() != ErrorCode::kNotFound) return fail(fd.error());
        if (!fd) {
            report(path, fd.error().message());
            continue;
        }
        ASSIGN_OR_RETURN(const ledger::FileHash found, ledger::hash_file(fd->get(), path));
        if (found.bytes == file.bytes && found.sha256 == file.sha256) continue;
        report(path,
               fmt::format("{} has SHA-256 {}, expected {}", path, found.sha256, file.sha256));
    }
    return {};
}

// Has runs stay of which a file is damaged: once it is decided that they go, nothing may be in the
// way.  Other runs may go in their place, so it goes on until nothing changes.
Status leave_damaged(const ledger::LedgerDir& dir, const RetainOptions& options, Decision& decision,
                     std::vector<std::string>& problems) {
    const archive::ArchiveLayout layout(dir);
    std::map<Day, std::string> checked;  // its damaged file; empty: there is none
    while (true) {
        std::set<std::string_view> going;
        for (const RunDecision& run : decision.plan.goes) going.insert(run.run_id);
        bool has_changed = false;
        for (RunFacts& run : decision.facts.runs) {
            if (!going.contains(run.run_id)) continue;
            for (const Day day : run.days_cut) {
                if (options.keep_on && !options.keep_on()) {
                    return fail(ErrorCode::kCancelled, "retain: stopped; nothing was changed");
                }
                const auto [entry, is_new] = checked.try_emplace(day);
                if (is_new) RETURN_IF_ERROR(check_day(layout, day, entry->second, problems));
                if (entry->second.empty() || !run.damaged.empty()) continue;
                run.damaged = entry->second;
                has_changed = true;
            }
        }
        if (!has_changed) return {};
        decision.plan = plan_retention(decision.facts, options.policy, decision.time);
    }
}

Status carry_out(const ledger::LedgerDir& dir, const RetainOptions& options, Decision& decision,
                 RetainReport& report) {
    RetentionJournal journal = make_journal(decision, options);
    ASSIGN_OR_RETURN(RetentionRecheck recheck,
                     RetentionRecheck::begin(dir, std::move(decision.session), journal,
                                             /*resumes=*/false, *options.clock));
    RETURN_IF_ERROR(write_journal(dir, journal));
    os::kill_point(os::KillPoint::kRetainJournalWritten);
    ASSIGN_OR_RETURN(AppliedRetention applied,
                     apply_journal(dir, std::move(journal), std::move(recheck),
                                   {.clock = options.clock, .keep_on = options.keep_on}));
    const std::set<std::string> stayed(applied.stayed.begin(), applied.stayed.end());
    std::erase_if(decision.plan.goes,
                  [&](const RunDecision& run) { return stayed.contains(run.run_id); });
    report.events = applied.events;
    report.bytes = applied.bytes;
    report.disk_bytes = applied.disk_bytes;
    report.days = applied.days;
    add(report.notes, std::move(applied.notes));
    add(report.problems, std::move(applied.problems));
    return {};
}

}  // namespace

Result<RetainReport> plan_retain(const ledger::LedgerDir& dir, const RetainOptions& options) {
    RETURN_IF_ERROR(ledger::check_format(dir));
    RetainReport report;
    ASSIGN_OR_RETURN(const bool is_unfinished, has_unfinished_retention(dir));
    if (is_unfinished) {
        report.notes.emplace_back(
            "a retention was cut short: 'daybook retain --apply' finishes it first");
    }
    ASSIGN_OR_RETURN(Decision decision, decide(dir, options));
    report.plan = std::move(decision.plan);
    report.problems = std::move(decision.facts.problems);
    return report;
}

Result<RetainReport> retain(const ledger::LedgerDir& dir, const RetainOptions& options) {
    RETURN_IF_ERROR(ledger::check_format(dir));
    ASSIGN_OR_RETURN(const os::LockFile lock, take_lifecycle_lock(dir, options.wait_ms));
    RETURN_IF_ERROR(check_all_parts(dir, "retain"));
    RetainReport report;
    RETURN_IF_ERROR(prepare(dir, options, report));
    ASSIGN_OR_RETURN(Decision decision, decide(dir, options));
    add(report.problems, std::move(decision.facts.problems));
    RETURN_IF_ERROR(leave_damaged(dir, options, decision, report.problems));
    if (!decision.plan.goes.empty()) RETURN_IF_ERROR(carry_out(dir, options, decision, report));
    report.plan = std::move(decision.plan);
    add(report.notes, empty_trash(dir, *options.clock).notes);
    return report;
}

Result<FinishedRetention> finish_retention(const ledger::LedgerDir& dir, const Clock& clock) {
    ASSIGN_OR_RETURN(std::optional<RetentionJournal> journal, read_journal(dir));
    if (!journal) return FinishedRetention{};
    // Where the index cannot be built, answers come from the log.
    ASSIGN_OR_RETURN(const std::string snapshot, query::newest_snapshot(dir.root()));
    if (!snapshot.empty()) (void)index::build(dir.root(), {.wait_ms = kIndexWaitMs});
    ASSIGN_OR_RETURN(query::FreshSession fresh, query::open_fresh(dir.root()));
    ASSIGN_OR_RETURN(RetentionRecheck recheck,
                     RetentionRecheck::begin(dir, std::move(fresh.session), *journal,
                                             /*resumes=*/true, clock));
    const std::string at = to_iso8601(journal->at);
    const std::size_t runs = journal->runs.size();
    ASSIGN_OR_RETURN(AppliedRetention applied,
                     apply_journal(dir, std::move(*journal), std::move(recheck),
                                   {.resumes = true, .clock = &clock}));
    FinishedRetention finished{.problems = std::move(applied.problems)};
    finished.done = fmt::format(
        "the retention of {}, which was cut short, is finished: {} events of {} runs were still to "
        "go",
        at, applied.events, runs);
    for (const std::string& note : applied.notes) finished.done += "; " + note;
    return finished;
}

Result<FinishedRetention> settle_retention(const ledger::LedgerDir& dir, const Clock& clock) {
    Result<FinishedRetention> finished = finish_retention(dir, clock);
    if (finished || finished.error().code() == ErrorCode::kUnsupported) return finished;
    return FinishedRetention{
        .problems = {fmt::format("a retention that was cut short cannot be finished: {}",
                                 finished.error().message())}};
}

Result<bool> has_unfinished_retention(const ledger::LedgerDir& dir) {
    return os::exists(dir.retention_journal_path());
}

Result<RemovedRuns> removed_runs(const ledger::LedgerDir& dir) {
    const archive::ArchiveLayout layout(dir);
    RemovedRuns runs;
    ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout));
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const auto manifest, archive::read_manifest(layout, day));
        if (manifest) add_removed_runs(*manifest, runs);
    }
    return runs;
}

void add_removed_runs(const archive::Manifest& manifest, RemovedRuns& runs) {
    for (const archive::Retained& retained : manifest.retained) {
        const TimestampMs at = parse_iso8601(retained.at).value_or(TimestampMs(INT64_MAX));
        for (const std::string& run : retained.runs) {
            RemovedRun& removed = runs[run];
            if (removed.event_id.empty() || removed.at < at) removed = {retained.event_id, at};
        }
    }
}

}  // namespace daybook::lifecycle
