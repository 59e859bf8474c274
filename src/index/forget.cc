#include "index/forget.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/manifest_file.h"
#include "archive/retained_days.h"
#include "base/calendar.h"
#include "json/envelope.h"
#include "log/scan.h"

namespace daybook::index {
namespace {

using Parts = std::map<std::string, const log::PartInfo*>;

Parts by_name(const std::vector<log::PartInfo>& parts) {
    Parts named;
    for (const log::PartInfo& part : parts) named.emplace(to_string(part.id), &part);
    return named;
}

// The days of the parts that have lost lines.  A part that knows of fewer retentions than the index
// is another one: `obstacle` says so.
std::set<Day> days_rewritten(const Parts& parts, const std::vector<PartState>& states,
                             std::string& obstacle) {
    std::set<Day> days;
    for (const PartState& state : states) {
        const auto found = parts.find(state.name);
        // One that has gone is found by its cursor.
        if (found == parts.end() || found->second->rewrites == state.rewrites) continue;
        days.insert(found->second->id.day);
        if (found->second->rewrites > state.rewrites) continue;
        obstacle = fmt::format("{} was indexed after {} retentions, and has seen {}", state.name,
                               state.rewrites, found->second->rewrites);
    }
    return days;
}

// What is new among the retentions of a day.
struct NewRetentions {
    std::set<std::string> runs{};
    std::set<Day> days{};
    std::vector<RetentionMark> marks{};
    Day decided = kDayMax;  // the earliest; kDayMin: one does not say when
    std::string obstacle{};
};

Status add_day(const archive::ArchiveLayout& layout, Day day, const std::set<RetentionMark>& known,
               NewRetentions& found) {
    ASSIGN_OR_RETURN(const auto manifest, archive::read_manifest(layout, day));
    const std::size_t marks_before = found.marks.size();
    if (manifest) {
        for (const archive::Retained& retained : manifest->retained) {
            const RetentionMark mark{retained.event_id, day};
            if (known.contains(mark)) continue;
            const std::optional<std::vector<Day>> days = archive::retained_days(retained);
            if (!days) {
                found.obstacle = fmt::format(
                    "the manifest of {} does not say on which days the "
                    "runs of {} were",
                    to_string(day), retained.event_id);
                return {};
            }
            found.marks.push_back(mark);
            found.runs.insert(retained.runs.begin(), retained.runs.end());
            found.days.insert(days->begin(), days->end());
            const auto at = parse_iso8601(retained.at);
            found.decided = std::min(found.decided, at ? day_of(*at) : kDayMin);
        }
    }
    if (found.marks.size() == marks_before) {
        found.obstacle = fmt::format(
            "lines of {} have been removed, and its manifest does not say by what", to_string(day));
    }
    return {};
}

// Whether an event of one of the runs lies in the part.
Result<bool> names_run(const log::LogSource& log, const log::PartId& part,
                       const std::set<std::string>& runs) {
    ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(log, part));
    json::EnvelopeReader envelopes;
    while (true) {
        ASSIGN_OR_RETURN(const log::Line* line, reader.next_line());
        if (line == nullptr) return false;
        if (line->kind == log::LineKind::kDamaged) continue;
        const auto envelope = envelopes.read(line->text);
        if (envelope && runs.contains(std::string(envelope->run_id))) return true;
    }
}

// The days of events that have come since it was decided that the runs go.  All ids of the runs are
// forgotten, also of events that no row shows any more; those that are not read again would count
// once more when a copy of them comes.
Status add_later_days(const log::LogSource& log, const std::vector<log::PartInfo>& parts,
                      const NewRetentions& found, std::set<Day>& days) {
    for (const log::PartInfo& part : parts) {
        if (days.contains(part.id.day)) continue;
        // What was archived by then is among the days of the runs, if it has any of them.
        if (part.archived && part.id.day < found.decided) continue;
        ASSIGN_OR_RETURN(const bool is_named, names_run(log, part.id, found.runs));
        if (is_named) days.insert(part.id.day);
    }
    return {};
}

// The days of rows of the runs that go; with `obstacle`, why it cannot be told which those are.
Result<std::set<Day>> days_of_rows(Fold& fold, const std::vector<std::string>& runs,
                                   std::string& obstacle) {
    const Result<bool> has_conflict = fold.has_conflict(runs);
    if (has_conflict && *has_conflict) {
        obstacle =
            "events of runs that were removed have ids that other events have, which count now";
        return std::set<Day>();
    }
    Result<std::set<Day>> days =
        has_conflict ? fold.days_of(runs) : Result<std::set<Day>>(fail(has_conflict.error()));
    if (days || days.error().code() != ErrorCode::kCorrupt) return days;
    // Damaged rows are made again; what is damaged in the log is an error.
    obstacle = days.error().message();
    return std::set<Day>();
}

}  // namespace

bool is_rewritten(const std::vector<log::PartInfo>& parts, const std::vector<PartState>& states) {
    std::string obstacle;
    return !days_rewritten(by_name(parts), states, obstacle).empty();
}

Result<std::vector<RetentionMark>> retention_marks(const ledger::LedgerDir& dir) {
    const archive::ArchiveLayout layout(dir);
    std::vector<RetentionMark> marks;
    ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout));
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const auto manifest, archive::read_manifest(layout, day));
        if (!manifest) continue;
        for (const archive::Retained& retained : manifest->retained) {
            marks.push_back({retained.event_id, day});
        }
    }
    return marks;
}

Result<ForgetPlan> plan_forget(const ledger::LedgerDir& dir, const log::LogSource& log,
                               const std::vector<PartState>& states,
                               const std::vector<RetentionMark>& known, Fold& fold) {
    ForgetPlan plan;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(log));
    const std::set<Day> rewritten = days_rewritten(by_name(parts), states, plan.obstacle);
    if (rewritten.empty() || !plan.obstacle.empty()) return plan;

    NewRetentions found;
    const std::set<RetentionMark> accounted(known.begin(), known.end());
    const archive::ArchiveLayout layout(dir);
    for (const Day day : rewritten) {
        RETURN_IF_ERROR(add_day(layout, day, accounted, found));
        if (found.obstacle.empty()) continue;
        plan.obstacle = found.obstacle;
        return plan;
    }
    plan.forgotten.runs.assign(found.runs.begin(), found.runs.end());
    plan.forgotten.marks = std::move(found.marks);
    // Events that have come since the retention was decided are on days of their own.
    ASSIGN_OR_RETURN(std::set<Day> days, days_of_rows(fold, plan.forgotten.runs, plan.obstacle));
    if (!plan.obstacle.empty()) return plan;
    days.insert(found.days.begin(), found.days.end());
    days.insert(rewritten.begin(), rewritten.end());
    RETURN_IF_ERROR(add_later_days(log, parts, found, days));
    for (const log::PartInfo& part : parts) {
        if (days.contains(part.id.day)) {
            plan.forgotten.parts.push_back({to_string(part.id), part.rewrites});
        }
    }
    return plan;
}

}  // namespace daybook::index
