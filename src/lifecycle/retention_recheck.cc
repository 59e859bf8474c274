#include "lifecycle/retention_recheck.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "json/envelope.h"
#include "lifecycle/holds.h"
#include "log/scan.h"
#include "query/protected_runs.h"

namespace daybook::lifecycle {

Result<RetentionRecheck> RetentionRecheck::begin(const ledger::LedgerDir& dir,
                                                 query::Session session,
                                                 const RetentionJournal& journal, bool resumes,
                                                 const Clock& clock) {
    RetentionRecheck recheck(dir, std::move(session), journal.summaries, clock);
    RETURN_IF_ERROR(recheck.read_runs(journal, resumes));
    RETURN_IF_ERROR(recheck.read_cursors(resumes));
    return recheck;
}

Status RetentionRecheck::read_runs(const RetentionJournal& journal, bool resumes) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session_.query("SELECT s.run_id, coalesce(d.parent_run_id, ''), "
                                    "coalesce(s.status = 'running', false), "
                                    "coalesce(s.last_event_ms, 0) "
                                    "FROM runs_status s LEFT JOIN runs_d d USING (run_id)"));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const std::string run_id = rows.text(0);
        family_.add(run_id, rows.text(1));
        if (!resumes) continue;
        if (rows.get_bool(2)) {
            living_[run_id] = living_above_[run_id] = "it is running";
        } else if (rows.get_int64(3) > journal.at.value()) {
            living_[run_id] = "it has events that have come since";
        }
    }
    for (const std::string& run_id : journal.runs) {
        for (const std::string_view one : family_.line_of(run_id)) watched_.emplace(one);
    }
    return {};
}

Status RetentionRecheck::read_cursors(bool resumes) {
    ASSIGN_OR_RETURN(duck::Rows rows, session_.query("SELECT part, last_offset FROM index_parts"));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const auto part = log::parse_part_id(rows.text(0));
        if (part) known_[*part] = ByteOffset(rows.get_uint64(1));
    }
    if (!resumes) seen_ = known_;
    return {};
}

Status RetentionRecheck::read_growth() {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir_->layout()));
    for (const log::PartInfo& part : parts) {
        if (part.size > seen_[part.id]) RETURN_IF_ERROR(read_growth(part));
    }
    return {};
}

Status RetentionRecheck::read_growth(const log::PartInfo& part) {
    ASSIGN_OR_RETURN(log::PartReader reader,
                     log::PartReader::open(dir_->layout(), part.id, seen_[part.id]));
    const auto known = known_.find(part.id);
    json::EnvelopeReader envelopes;
    while (true) {
        ASSIGN_OR_RETURN(const log::Line* line, reader.next_line());
        if (line == nullptr) break;
        if (line->kind == log::LineKind::kDamaged) continue;
        const auto envelope = envelopes.read(line->text);
        if (!envelope || !watched_.contains(std::string(envelope->run_id))) continue;
        // That it was deleted is no sign of life, and stays where summaries do.
        if (envelope->event_type == "run.deleted" && summaries_ == Summaries::kKeep) continue;
        const std::string text =
            fmt::format("{} of it has come to {}", envelope->event_type, to_string(part.id));
        living_.emplace(envelope->run_id, text);
        const bool is_known = known != known_.end() && line->offset <= known->second;
        if (!is_known) living_above_.emplace(envelope->run_id, text);
    }
    seen_[part.id] = reader.offset();
    return {};
}

Result<Stays> RetentionRecheck::holds() {
    ASSIGN_OR_RETURN(const std::vector<Hold> holds, read_holds(*dir_));
    Stays held;
    for (const Hold& hold : holds) {
        const std::string text =
            "hold: " + (hold.reason.empty() ? "no reason is given" : hold.reason);
        if (hold.where.empty()) {
            held.emplace(hold.run, text);
            continue;
        }
        auto passes = passes_.find(hold.where);
        if (passes == passes_.end()) {
            ASSIGN_OR_RETURN(auto runs, query::runs_that_pass(session_, hold.where, clock_->now()));
            passes = passes_.emplace(hold.where, std::move(runs)).first;
        }
        for (const std::string& run_id : passes->second) held.emplace(run_id, text);
    }
    return held;
}

std::string RetentionRecheck::why(const std::string& run_id, const Stays& held) const {
    const auto living = living_.find(run_id);
    if (living != living_.end()) return living->second;
    for (const std::string_view one : family_.line_of(run_id)) {
        for (const Stays* stays : {&held, &living_above_}) {
            const auto found = stays->find(std::string(one));
            if (found == stays->end()) continue;
            if (one == run_id) return found->second;
            return fmt::format("{} (run {} above it)", found->second, one);
        }
    }
    return {};
}

Result<Stays> RetentionRecheck::look(const std::vector<std::string>& runs) {
    RETURN_IF_ERROR(read_growth());
    ASSIGN_OR_RETURN(const Stays held, holds());
    Stays stays;
    for (const std::string& run_id : runs) {
        std::string text = why(run_id, held);
        if (!text.empty()) stays.emplace(run_id, std::move(text));
    }
    return stays;
}

}  // namespace daybook::lifecycle
