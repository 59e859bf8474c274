#include "lifecycle/run_facts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/inflate.h"
#include "archive/log_source.h"
#include "archive/manifest_file.h"
#include "base/calendar.h"
#include "json/envelope.h"
#include "ledger/seal.h"
#include "lifecycle/archive_scan.h"
#include "lifecycle/run_family.h"
#include "lifecycle/skeleton.h"
#include "log/scan.h"
#include "os/file.h"
#include "query/protected_runs.h"

namespace daybook::lifecycle {
namespace {

constexpr std::uint64_t kEventsBetweenLooks = 1 << 16;

// How far the index has read a part.
struct IndexedPart {
    std::uint64_t last_offset = 0;
    std::uint64_t rewrites = 0;
};

// From the first to the last event.
struct TimeSpan {
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
};

class Gathering {
public:
    Gathering(const ledger::LedgerDir& dir, query::Session& session, const RetentionPolicy& policy,
              const std::function<bool()>& keep_on)
        : dir_(dir), layout_(dir), session_(session), policy_(policy), keep_on_(keep_on) {}

    Result<LedgerFacts> run(const std::vector<Hold>& holds, const PlanTime& time);

private:
    Status read_runs();
    Status mark(const std::vector<std::string>& run_ids, std::string RunFacts::* field,
                const std::string& text);
    std::vector<std::string> held_by(const std::string& run_id) const;
    Status read_protections(const std::vector<Hold>& holds, TimestampMs now);
    Status read_newest_work();
    Status read_cursors();
    // Those that a limit may ask for.
    void choose_candidates(const PlanTime& time);

    // nullopt: there is none that can be read.
    std::optional<ledger::Seal> seal_of(const log::PartId& part) const;
    // Whether an event of one of them may lie in the part.
    bool may_have_events(const log::PartId& part) const;
    bool may_have_events(const archive::Manifest& manifest, const archive::ArchiveFile& file) const;
    Status see_archives();
    Status see_file(duck::Connection& connection, const archive::Manifest& manifest,
                    const archive::ArchiveFile& file);
    // Has the runs stay that may have events in a file which cannot be read.
    Status leave_unreadable(const archive::Manifest& manifest, const archive::ArchiveFile& file,
                            const Error& error);
    std::optional<TimeSpan> span_of(const archive::Manifest& manifest,
                                    const archive::ArchiveFile& file) const;
    Status see_live_parts(const std::vector<log::PartInfo>& parts);
    Status see_live_part(const log::PartInfo& part);
    void add_live_bytes();
    // The candidate; null: the run is none.
    RunFacts* candidate(std::string_view run_id);
    // Whether the event would go if its run does.
    bool would_go(std::string_view event_type) const {
        return policy_.summaries == Summaries::kDrop || !is_skeleton(event_type);
    }
    bool is_indexed(const archive::ArchivedPart& part) const;
    Status look_up();

    const ledger::LedgerDir& dir_;
    archive::ArchiveLayout layout_;
    query::Session& session_;
    const RetentionPolicy& policy_;
    const std::function<bool()>& keep_on_;
    LedgerFacts facts_;
    std::unordered_map<std::string_view, std::size_t> positions_;  // of all runs
    RunFamily family_;
    std::vector<bool> is_candidate_;
    std::optional<Day>
        last_day_;  // the day of the last event of one of them; nullopt: there are none
    std::uint64_t live_bytes_ = 0;      // of parts that are not archived
    std::uint64_t archived_bytes_ = 0;  // of JSONL, in archives
    std::map<std::string, IndexedPart, std::less<>> cursors_;
    std::string last_run_;  // events of one run mostly follow each other
    RunFacts* last_ = nullptr;
    std::uint64_t events_ = 0;
};

Status Gathering::read_runs() {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session_.query("SELECT s.run_id, coalesce(s.last_event_ms, 0), "
                                    "coalesce(s.status = 'running', false), "
                                    "coalesce(s.deleted, false), coalesce(d.parent_run_id, ''), "
                                    "coalesce(least(d.created_at_ms, s.started_at_ms), 0) "
                                    "FROM runs_status s LEFT JOIN runs_d d USING (run_id) "
                                    "ORDER BY 1"));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        RunFacts& run = facts_.runs.emplace_back();
        run.run_id = rows.text(0);
        run.last_event_ms = rows.get_int64(1);
        run.is_running = rows.get_bool(2);
        run.is_deleted = rows.get_bool(3);
        run.parent_run_id = rows.text(4);
        run.first_event_ms = rows.get_int64(5);
    }
    for (std::size_t i = 0; i < facts_.runs.size(); ++i) {
        positions_.emplace(facts_.runs[i].run_id, i);
        family_.add(facts_.runs[i].run_id, facts_.runs[i].parent_run_id);
    }
    return {};
}

Status Gathering::mark(const std::vector<std::string>& run_ids, std::string RunFacts::* field,
                       const std::string& text) {
    for (const std::string& run_id : run_ids) {
        const auto found = positions_.find(run_id);
        if (found == positions_.end()) continue;
        std::string& value = facts_.runs[found->second].*field;
        if (value.empty()) value = text;
    }
    return {};
}

// The runs below it too: the plan knows of those above that are there, and this one may be gone.
std::vector<std::string> Gathering::held_by(const std::string& run_id) const {
    if (positions_.contains(run_id)) return {run_id};
    std::vector<std::string> held;
    for (const RunFacts& run : facts_.runs) {
        const std::vector<std::string_view> line = family_.line_of(run.run_id);
        if (std::find(line.begin(), line.end(), run_id) != line.end()) held.push_back(run.run_id);
    }
    return held;
}

Status Gathering::read_protections(const std::vector<Hold>& holds, TimestampMs now) {
    for (const Hold& hold : holds) {
        // What is held without a reason is held all the same.
        const std::string reason = hold.reason.empty() ? "no reason is given" : hold.reason;
        std::vector<std::string> run_ids;
        if (hold.where.empty()) {
            run_ids = held_by(hold.run);
        } else {
            ASSIGN_OR_RETURN(run_ids, query::runs_that_pass(session_, hold.where, now));
        }
        if (run_ids.empty()) {
            facts_.idle.push_back(hold.where.empty()
                                      ? fmt::format("hold on {}: there is no such run", hold.run)
                                      : fmt::format("hold on {}: no run passes it", hold.where));
        }
        RETURN_IF_ERROR(mark(run_ids, &RunFacts::held, reason));
    }
    for (const std::string& tag : policy_.pin_tags) {
        ASSIGN_OR_RETURN(const auto run_ids, query::runs_with_tag(session_, tag));
        if (run_ids.empty()) {
            facts_.idle.push_back(fmt::format("pinned tag {}: no run has it", tag));
        }
        RETURN_IF_ERROR(mark(run_ids, &RunFacts::pinned, tag));
    }
    for (const std::string& filter : policy_.keep) {
        ASSIGN_OR_RETURN(const auto run_ids, query::runs_that_pass(session_, filter, now));
        if (run_ids.empty()) {
            facts_.idle.push_back(fmt::format("keep {}: no run passes it", filter));
        }
        RETURN_IF_ERROR(mark(run_ids, &RunFacts::kept, filter));
    }
    return {};
}

// Tags, notes, deletions and their like are none: they say nothing of when the ledger was at work.
Status Gathering::read_newest_work() {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session_.query(
            "SELECT max(t) FROM (SELECT max(created_at_ms) AS t FROM runs_d UNION ALL "
            "SELECT max(greatest(started_at_ms, ended_at_ms)) FROM runs_status UNION ALL "
            "SELECT max(recorded_at_ms) FROM trial_results UNION ALL "
            "SELECT max(timestamp_ms) FROM metric_points UNION ALL "
            "SELECT max(greatest(started_at_ms, completed_at_ms)) FROM phase_timings)"));
    ASSIGN_OR_RETURN(const bool any, rows.next());
    if (any && !rows.is_null(0)) facts_.newest_work_ms = rows.get_int64(0);
    return {};
}

Status Gathering::read_cursors() {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session_.query("SELECT part, last_offset, rewrites FROM index_parts"));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return {};
        cursors_[rows.text(0)] = {rows.get_uint64(1), rows.get_uint64(2)};
    }
}

void Gathering::choose_candidates(const PlanTime& time) {
    is_candidate_.assign(facts_.runs.size(), false);
    RetentionPolicy policy = policy_;
    if (policy.keep_bytes) policy.keep_last_runs = 0;
    const RetentionPlan plan = plan_retention(facts_, policy, time, Sizes::kUnknown);
    for (const RunDecision& decision : plan.goes) {
        is_candidate_[positions_.at(decision.run_id)] = true;
        const Day day = day_of(TimestampMs(decision.last_event_ms));
        last_day_ = std::max(last_day_.value_or(day), day);
    }
}

// Lanes write events to their days, and other tools to whichever they like: a later day's part has
// none only if its seal says so.
bool Gathering::may_have_events(const log::PartId& part) const {
    if (!last_day_ || part.day <= *last_day_) return last_day_.has_value();
    const std::optional<ledger::Seal> seal = seal_of(part);
    if (!seal) return true;
    const std::optional<TimestampMs> first = seal->facts.timestamp_min;
    return first && day_of(*first) <= *last_day_;
}

std::optional<ledger::Seal> Gathering::seal_of(const log::PartId& part) const {
    const std::string path = dir_.layout().seal_path(part);
    const Result<std::string> text = os::read_file(path, ledger::kSealBytesMax);
    if (!text) return std::nullopt;
    Result<ledger::Seal> seal = ledger::decode_seal(*text, path);
    if (!seal) return std::nullopt;
    return std::move(*seal);
}

bool Gathering::may_have_events(const archive::Manifest& manifest,
                                const archive::ArchiveFile& file) const {
    return std::any_of(manifest.parts.begin(), manifest.parts.end(),
                       [&](const archive::ArchivedPart& part) {
                           return part.file == file.name && may_have_events(part.part);
                       });
}

RunFacts* Gathering::candidate(std::string_view run_id) {
    if (run_id == last_run_) return last_;
    last_run_ = run_id;
    const auto found = positions_.find(run_id);
    const bool is_one = found != positions_.end() && is_candidate_[found->second];
    last_ = is_one ? &facts_.runs[found->second] : nullptr;
    return last_;
}

Status Gathering::look_up() {
    if (++events_ % kEventsBetweenLooks != 0 || !keep_on_ || keep_on_()) return {};
    return fail(ErrorCode::kCancelled, "plan retention: stopped");
}

bool Gathering::is_indexed(const archive::ArchivedPart& part) const {
    if (!part.last_line) return true;
    const auto found = cursors_.find(to_string(part.part));
    return found != cursors_.end() && found->second.rewrites == part.rewrites &&
           found->second.last_offset == part.last_line->offset.value();
}

Status Gathering::see_file(duck::Connection& connection, const archive::Manifest& manifest,
                           const archive::ArchiveFile& file) {
    std::uint64_t bytes = 0;
    std::map<log::PartId, bool> indexed;
    for (const archive::ArchivedPart& part : manifest.parts) {
        if (part.file != file.name) continue;
        bytes += part.readable_bytes();
        indexed[part.part] = is_indexed(part);
    }
    const double compressed =
        bytes == 0 ? 0 : static_cast<double>(file.bytes) / static_cast<double>(bytes);
    const auto add_day = [&manifest](std::vector<Day>& days) {
        if (days.empty() || days.back() != manifest.day) days.push_back(manifest.day);
    };
    return scan_archive(
        connection, layout_, manifest, file, [&](const ScannedEvent& event) -> Status {
            RETURN_IF_ERROR(look_up());
            RunFacts* const run = candidate(event.run_id);
            if (run == nullptr) return {};
            add_day(run->days);
            if (run->unindexed.empty() && !indexed.at(event.part.part)) {
                run->unindexed = to_string(event.part.part);
            }
            if (!would_go(event.event_type)) return {};
            add_day(run->days_cut);
            ++run->events;
            run->bytes += event.bytes;
            run->disk_bytes +=
                static_cast<std::uint64_t>(static_cast<double>(event.bytes) * compressed);
            return {};
        });
}

Status Gathering::see_archives() {
    ASSIGN_OR_RETURN(const archive::Inflater inflater, archive::Inflater::open());
    ASSIGN_OR_RETURN(duck::Connection connection, inflater.database().connect());
    ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout_));
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const auto manifest, archive::read_manifest(layout_, day));
        if (!manifest) continue;
        for (const archive::ArchivedPart& part : manifest->parts) {
            archived_bytes_ += part.readable_bytes();
        }
        for (const archive::ArchiveFile& file : manifest->files) {
            facts_.disk_bytes += file.bytes;
            if (!may_have_events(*manifest, file)) continue;
            const Status seen = see_file(connection, *manifest, file);
            if (!seen) RETURN_IF_ERROR(leave_unreadable(*manifest, file, seen.error()));
        }
    }
    return {};
}

// By the seals of its parts; nullopt: one of those cannot be read.
std::optional<TimeSpan> Gathering::span_of(const archive::Manifest& manifest,
                                           const archive::ArchiveFile& file) const {
    TimeSpan span{.first_ms = INT64_MAX, .last_ms = INT64_MIN};
    for (const archive::ArchivedPart& part : manifest.parts) {
        if (part.file != file.name) continue;
        const std::optional<ledger::Seal> seal = seal_of(part.part);
        if (!seal) return std::nullopt;
        if (!seal->facts.timestamp_min || !seal->facts.timestamp_max) continue;
        span.first_ms = std::min(span.first_ms, seal->facts.timestamp_min->value());
        span.last_ms = std::max(span.last_ms, seal->facts.timestamp_max->value());
    }
    return span;
}

Status Gathering::leave_unreadable(const archive::Manifest& manifest,
                                   const archive::ArchiveFile& file, const Error& error) {
    if (error.code() == ErrorCode::kCancelled) return fail(error);
    const std::string path = layout_.file_path(manifest.day, file.name);
    // The SQL that met it is of no use to anybody.
    const std::string_view text = error.message();
    facts_.problems.push_back(
        fmt::format("{} cannot be read: {}; runs that may have events in it stay; put it back from "
                    "a backup",
                    path, text.substr(0, text.find('\n'))));
    const std::optional<TimeSpan> span = span_of(manifest, file);
    for (std::size_t i = 0; i < facts_.runs.size(); ++i) {
        RunFacts& run = facts_.runs[i];
        // A day's grace: events carry the times of whoever recorded them.
        const bool is_apart = span && (run.last_event_ms + kDayMs < span->first_ms ||
                                       run.first_event_ms - kDayMs > span->last_ms);
        if (is_candidate_[i] && !is_apart && run.damaged.empty()) run.damaged = path;
    }
    return {};
}

Status Gathering::see_live_part(const log::PartInfo& part) {
    auto reader = log::PartReader::open(dir_.layout(), part.id);
    // Archived meanwhile: manifests are read after this.
    if (!reader && reader.error().code() == ErrorCode::kNotFound) return {};
    if (!reader) return fail(reader.error());
    json::EnvelopeReader envelopes;
    const std::string name = to_string(part.id);
    while (true) {
        ASSIGN_OR_RETURN(const log::Line* line, reader->next_line());
        if (line == nullptr) return {};
        RETURN_IF_ERROR(look_up());
        if (line->kind == log::LineKind::kDamaged) continue;
        const auto envelope = envelopes.read(line->text);
        if (!envelope) continue;
        RunFacts* const run = candidate(envelope->run_id);
        if (run == nullptr) continue;
        // That it was deleted is what is left of a run whose summary is kept, wherever it lies.
        const bool stays =
            policy_.summaries == Summaries::kKeep && envelope->event_type == "run.deleted";
        if (stays) {
            run->days.push_back(part.id.day);
            continue;
        }
        std::string& field = part.sealed ? run->unarchived : run->unsealed;
        if (field.empty()) field = name;
    }
}

Status Gathering::see_live_parts(const std::vector<log::PartInfo>& parts) {
    for (const log::PartInfo& part : parts) {
        live_bytes_ += part.size.value();
        if (may_have_events(part.id)) RETURN_IF_ERROR(see_live_part(part));
    }
    return {};
}

// A week that is not archived yet would else stand against years that are, at ten times its size,
// and push them out.
void Gathering::add_live_bytes() {
    const double ratio = archived_bytes_ == 0 ? 1
                                              : static_cast<double>(facts_.disk_bytes) /
                                                    static_cast<double>(archived_bytes_);
    facts_.disk_bytes += static_cast<std::uint64_t>(static_cast<double>(live_bytes_) * ratio);
}

Result<LedgerFacts> Gathering::run(const std::vector<Hold>& holds, const PlanTime& time) {
    RETURN_IF_ERROR(read_runs());
    RETURN_IF_ERROR(read_protections(holds, time.clock));
    RETURN_IF_ERROR(read_newest_work());
    RETURN_IF_ERROR(read_cursors());
    choose_candidates(time);
    // Parts before archives, so that one that is archived meanwhile is not missed.
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir_.layout()));
    RETURN_IF_ERROR(see_live_parts(parts));
    RETURN_IF_ERROR(see_archives());
    add_live_bytes();
    for (RunFacts& run : facts_.runs) {
        std::sort(run.days.begin(), run.days.end());
        run.days.erase(std::unique(run.days.begin(), run.days.end()), run.days.end());
    }
    return std::move(facts_);
}

}  // namespace

Result<LedgerFacts> gather_facts(const ledger::LedgerDir& dir, query::Session& session,
                                 const RetentionPolicy& policy, const std::vector<Hold>& holds,
                                 const PlanTime& time, const std::function<bool()>& keep_on) {
    return Gathering(dir, session, policy, keep_on).run(holds, time);
}

}  // namespace daybook::lifecycle
