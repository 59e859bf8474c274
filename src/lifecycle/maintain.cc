#include "lifecycle/maintain.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "lifecycle/archiver.h"
#include "lifecycle/artifact_gc.h"
#include "lifecycle/retention.h"
#include "lifecycle/trash.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

Deed failed(const Error& error) {
    if (error.code() == ErrorCode::kCancelled) return {.outcome = Outcome::kStopped};
    const bool is_busy = error.code() == ErrorCode::kBusy;
    return {.outcome = is_busy ? Outcome::kBusy : Outcome::kFailed, .text = error.message()};
}

// A progress function of long steps, which count from their beginning.
auto go_on_with(Pace& pace) {
    return [&pace, seen = std::uint64_t{0}](std::uint64_t done, std::uint64_t) mutable {
        const std::uint64_t more = done - seen;
        seen = done;
        return pace.go_on(more);
    };
}

// What has come of the days, the first that failed, and all that is worth saying.
Deed deed_of(ArchiveReport report) {
    Deed deed;
    std::uint64_t days = 0;
    std::uint64_t parts = 0;
    std::uint64_t archive_bytes = 0;
    std::string problem;
    for (const ArchiveOutcome& day : report.days) {
        if (day.state == ArchiveState::kFailed && problem.empty()) {
            problem = fmt::format("{}: {}", to_string(day.day), day.detail);
        }
        if (day.state != ArchiveState::kArchived) continue;
        ++days;
        parts += day.parts;
        deed.bytes += day.bytes;
        archive_bytes += day.archive_bytes;
    }
    deed.notes = std::move(report.problems);
    for (std::string& note : report.trash.notes) deed.notes.push_back(std::move(note));
    if (days > 0 || !report.finished.empty()) deed.outcome = Outcome::kDone;
    deed.text =
        fmt::format("{} days, {} parts, {} bytes as {}", days, parts, deed.bytes, archive_bytes);
    if (!report.finished.empty()) {
        deed.text +=
            fmt::format("; finished what was cut short: {}", fmt::join(report.finished, ", "));
    }
    if (problem.empty()) return deed;
    deed.outcome = Outcome::kFailed;
    deed.text = fmt::format("{}; {}", problem, deed.text);
    return deed;
}

// Nothing else is done to archives while a retention is half done, and it waits for no policy: what
// was decided is on record.
Result<FinishedRetention> finish_a_retention(const ledger::LedgerDir& dir, const Clock& clock) {
    ASSIGN_OR_RETURN(const bool unfinished, has_unfinished_retention(dir));
    if (!unfinished) return FinishedRetention{};
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(dir.lifecycle_lock_path(), 0));
    return settle_retention(dir, clock);
}

Result<Deed> retain_by_policy(const ledger::LedgerDir& dir, Pace& pace, const Clock& clock) {
    ASSIGN_OR_RETURN(FinishedRetention finished, finish_a_retention(dir, clock));
    Deed deed{.notes = std::move(finished.problems)};
    if (!finished.done.empty()) {
        deed.outcome = Outcome::kDone;
        deed.text = finished.done;
    }
    RetainOptions options{.author = "daybook serve", .clock = &clock};
    ASSIGN_OR_RETURN(options.policy, read_retention(dir));
    if (!options.policy.automatic || !options.policy.has_limit()) return deed;
    options.keep_on = [&pace] { return pace.go_on(0); };
    ASSIGN_OR_RETURN(RetainReport report, retain(dir, options));
    for (std::vector<std::string>* notes : {&report.problems, &report.notes, &report.plan.notes}) {
        std::move(notes->begin(), notes->end(), std::back_inserter(deed.notes));
    }
    if (report.plan.goes.empty()) return deed;
    if (!deed.text.empty()) deed.text += "; ";
    deed.outcome = Outcome::kDone;
    deed.bytes = report.bytes;
    deed.text += fmt::format("{} runs, {} events, {} bytes of lines, out of {} days",
                             report.plan.goes.size(), report.events, report.bytes, report.days);
    return deed;
}

Result<Deed> archive_old_days(const ledger::LedgerDir& dir, const MaintainOptions& options,
                              Pace& pace, const Clock& clock) {
    ASSIGN_OR_RETURN(FinishedRetention finished, finish_a_retention(dir, clock));
    // One at a time: the pace is that of one thread.
    const ArchiveOptions archive{.ended_before = clock.now() + -options.archive_after_ms,
                                 .days_at_once = 1,
                                 .clock = &clock};
    ASSIGN_OR_RETURN(ArchiveReport report, archive_days(dir, archive, go_on_with(pace)));
    if (!finished.done.empty()) report.finished.push_back(std::move(finished.done));
    for (std::string& problem : finished.problems) {
        // One that is still so is told by both.
        if (std::find(report.problems.begin(), report.problems.end(), problem) ==
            report.problems.end()) {
            report.problems.push_back(std::move(problem));
        }
    }
    return deed_of(std::move(report));
}

// Nothing is lost by a mistake of an event's: what goes lies in the trash for a day.
Result<Deed> collect_garbage(const ledger::LedgerDir& dir, Pace& pace, const Clock& clock) {
    const GcOptions gc{.apply = true, .progress = go_on_with(pace)};
    ASSIGN_OR_RETURN(GcReport report, collect_artifacts(dir, clock, gc));
    Deed deed{.bytes = report.bytes, .notes = std::move(report.notes)};
    if (report.items == 0 && report.restored == 0) return deed;
    deed.outcome = Outcome::kDone;
    deed.text = fmt::format("{} files, {} bytes, are in {} now", report.files, report.bytes,
                            report.trash_entry.empty() ? "no place" : report.trash_entry);
    if (report.restored > 0) deed.text += fmt::format("; {} brought back", report.restored);
    return deed;
}

Result<Deed> empty_the_trash(const ledger::LedgerDir& dir, const Clock& clock) {
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(dir.lifecycle_lock_path(), 0));
    TrashReport report = empty_trash(dir, clock);
    Deed deed{.notes = std::move(report.notes)};
    if (report.removed == 0 && report.failed == 0) return deed;
    deed.outcome = report.failed == 0 ? Outcome::kDone : Outcome::kFailed;
    deed.text = fmt::format("{} entries removed, {} kept", report.removed, report.kept);
    if (report.failed > 0) deed.text += fmt::format(", {} in the way", report.failed);
    return deed;
}

Result<Deed> do_task(const ledger::LedgerDir& dir, Task task, const MaintainOptions& options,
                     Pace& pace, const Clock& clock) {
    switch (task) {
        case Task::kArchive: return archive_old_days(dir, options, pace, clock);
        case Task::kRetain: return retain_by_policy(dir, pace, clock);
        case Task::kCollect: return collect_garbage(dir, pace, clock);
        case Task::kTrash: return empty_the_trash(dir, clock);
    }
    return Deed{};
}

}  // namespace

Deed maintain(const ledger::LedgerDir& dir, Task task, const MaintainOptions& options, Pace& pace,
              const Clock& clock) {
    if (!pace.begin()) return {.outcome = Outcome::kStopped};
    Result<Deed> deed = do_task(dir, task, options, pace, clock);
    if (!deed) return failed(deed.error());
    if (pace.stopped()) deed->outcome = Outcome::kStopped;
    return std::move(*deed);
}

}  // namespace daybook::lifecycle
