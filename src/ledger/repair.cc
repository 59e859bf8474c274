#include "ledger/repair.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "json/encode_event.h"
#include "ledger/event_log.h"
#include "ledger/manifest.h"
#include "ledger/quarantine.h"
#include "log/held_part.h"
#include "log/nothing_to_stamp.h"
#include "log/tail.h"
#include "log/writer.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::ledger {
namespace {

// Does the steps of a plan.  Evidence comes first, then the records, then the cuts, and the events
// that say so last: whoever is killed in between leaves a ledger in which the same is found again,
// and what has been done already is met and passed over.
class Deed {
public:
    Deed(const LedgerDir& dir, std::vector<RepairStep>& steps) : dir_(dir), steps_(steps) {}

    Status run() {
        evidence_.resize(steps_.size());
        for (RepairStep& step : steps_) {
            if (step.action == RepairAction::kEnd || step.lacks_newline) {
                RETURN_IF_ERROR(end_line(step));
            }
        }
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (steps_[i].action != RepairAction::kCopy) continue;
            ASSIGN_OR_RETURN(evidence_[i], quarantine_bytes(dir_, steps_[i], now()));
            os::kill_point(os::KillPoint::kRepairSaved);
        }
        RETURN_IF_ERROR(append_records());
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (steps_[i].action == RepairAction::kCut) RETURN_IF_ERROR(cut(i));
            if (steps_[i].action == RepairAction::kRescue) evidence_[i] = relative(steps_[i].file);
        }
        RETURN_IF_ERROR(record());
        for (RepairStep& step : steps_) {
            if (step.action != RepairAction::kMove) continue;
            RETURN_IF_ERROR(move(step));
            os::kill_point(os::KillPoint::kRepairMoved);
        }
        return {};
    }

private:
    static TimestampMs now() { return system_clock().now(); }

    std::string relative(const std::string& path) const {
        return path.substr(std::min(path.size(), dir_.root().size() + 1));
    }

    // Appends what no good line of the log has, as it was written, but for the trailer.
    Status append_records() {
        std::vector<log::Draft> drafts;
        for (RepairStep& step : steps_) {
            for (BuriedRecord& record : step.records) {
                if (record.in_log) continue;
                drafts.push_back({.text = std::span(record.body), .timestamp = record.timestamp});
            }
        }
        if (drafts.empty()) return {};
        ASSIGN_OR_RETURN(const auto writer,
                         log::Writer::open(dir_.layout(), {.background = false}));
        // Before they are written down as recovered they have to be as safe as they can be here.
        const Durability durability =
            writer->power_problem().empty() ? Durability::kPower : Durability::kProcess;
        log::NothingToStamp stamper;
        log::AppendOutcome outcome = writer->append(drafts, durability, stamper);
        if (outcome.error) return fail(std::move(*outcome.error));
        os::kill_point(os::KillPoint::kRepairAppended);
        return {};
    }

    // So that nothing is glued to what another tool has left without its newline.  It appends, as
    // all do: should that tool go on at this very moment, an empty line is all that comes of it.
    Status end_line(RepairStep& step) {
        const std::uint64_t unended = step.bytes - (step.lacks_newline ? 1 : 0);
        ASSIGN_OR_RETURN(const std::optional<log::HeldPart> held,
                         log::hold_part(dir_.layout(), *step.part));
        if (!held || held->info.size != step.offset + unended) {
            step.action = RepairAction::kLeave;
            step.records.clear();
            step.detail += "; left: somebody writes to the part; run it again";
            step.is_left = true;
            return {};
        }
        os::WriteOutcome outcome = os::write_all(held->fd.get(), "\n", step.file);
        if (outcome.error) return fail(std::move(*outcome.error));
        return os::sync_data(held->fd.get(), step.file);
    }

    // As the next writer of the part would.  Somebody may have been faster: then it is theirs.
    Status cut(std::size_t index) {
        RepairStep& step = steps_[index];
        const log::PartId& part = *step.part;
        ASSIGN_OR_RETURN(const std::optional<log::HeldPart> held,
                         log::hold_part(dir_.layout(), part));
        if (!held) {
            step.action = RepairAction::kLeave;
            step.detail += "; left: another process holds the part, or it may not be written to";
            return {};
        }
        const ByteOffset size = held->info.size;
        ASSIGN_OR_RETURN(const log::Sharing sharing, log::sharing_of(dir_.layout()));
        const log::Tail tail = log::read_tail(held->fd.get(), step.file, size, sharing);
        if (tail.verdict != log::Tail::Verdict::kTorn) return {};  // A writer has cut it off.
        RETURN_IF_ERROR(log::cut_torn_tail(dir_.layout(), part, held->fd.get(), size, tail.whole));
        evidence_[index] = relative(dir_.layout().torn_path(part, tail.whole));
        return {};
    }

    // Whoever left the file may use it again: reading the log and appending have taken a while.
    Status move(RepairStep& step) {
        if (step.kind != "temporary") {
            return quarantine_file(dir_, step, now()).map([](const std::string&) {});
        }
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(step.file));
        const bool is_same =
            info && info->size.value() == step.bytes && info->modified_ns == step.modified_ns;
        if (!is_same) {
            step.action = RepairAction::kLeave;
            step.is_left = info.has_value();
            step.detail += info ? "; left: another tool has written to it meanwhile; run it again"
                                : "; another tool has taken it away meanwhile";
            return {};
        }
        ASSIGN_OR_RETURN(const std::string moved, quarantine_file(dir_, step, now()));
        if (moved.empty()) return {};
        // One that had it open goes on writing to it under its new name.
        ASSIGN_OR_RETURN(const auto after, os::file_info(dir_.root() + "/" + moved));
        if (!after || after->size.value() <= step.bytes) return {};
        step.is_left = true;
        step.detail += fmt::format("; {} bytes came while it was moved: run it again",
                                   after->size.value() - step.bytes);
        return {};
    }

    Status record() {
        const auto is_recorded = [](const RepairStep& step) {
            switch (step.action) {
                case RepairAction::kLeave:
                case RepairAction::kEnd: return false;
                // Only what has brought an event back: the file itself has its note.
                case RepairAction::kMove:
                    return std::any_of(step.records.begin(), step.records.end(),
                                       [](const BuriedRecord& record) { return !record.in_log; });
                default: return true;
            }
        };
        if (std::none_of(steps_.begin(), steps_.end(), is_recorded)) return {};
        ASSIGN_OR_RETURN(const auto log, EventLog::open(dir_, {.background = false}));
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if (!is_recorded(steps_[i])) continue;
            RETURN_IF_ERROR(record(*log, steps_[i], evidence_[i]));
            os::kill_point(os::KillPoint::kRepairRecorded);
        }
        return {};
    }

    static Status record(EventLog& log, const RepairStep& step, const std::string& evidence) {
        const std::string part = log::to_string(*step.part);
        event::LedgerRepaired event{.part = part,
                                    .offset = static_cast<std::int64_t>(step.offset.value()),
                                    .bytes = static_cast<std::int64_t>(step.bytes),
                                    .reason = step.reason};
        if (!evidence.empty()) event.evidence_path = evidence;
        if (!step.sha256.empty()) event.sha256 = step.sha256;
        if (step.action != RepairAction::kNote) {
            event.events = static_cast<std::int64_t>(step.records.size());
        }
        if (step.first_seq != log::Seq(0)) {
            event.first_seq = static_cast<std::int64_t>(step.first_seq.value());
        }
        event.lines = static_cast<std::int64_t>(step.lines);
        event.author = "daybook repair";
        return log.emit(json::kLedgerRunId, event).map([](const event::Receipt&) {});
    }

    const LedgerDir& dir_;
    std::vector<RepairStep>& steps_;
    std::vector<std::string> evidence_;  // of each step, relative to the ledger
};

Result<RepairReport> look_and_plan(const LedgerDir& dir, const RepairOptions& options) {
    RepairReport report;
    ASSIGN_OR_RETURN(
        RepairFacts facts,
        look_for_repairs(dir, log::LogSource(dir.layout(), options.archives), options.progress));
    report.parts = facts.parts;
    report.bytes = facts.bytes;
    report.steps = plan_repair(dir, std::move(facts));
    return report;
}

void sum_up(RepairReport& report) {
    for (const RepairStep& step : report.steps) {
        report.unsaved += step.unsaved;
        report.left += step.is_left ? 1 : 0;
        for (const BuriedRecord& record : step.records) report.recovered += record.in_log ? 0 : 1;
    }
}

}  // namespace

bool RepairReport::has_work() const {
    return std::any_of(steps.begin(), steps.end(),
                       [](const RepairStep& step) { return step.action != RepairAction::kLeave; });
}

Result<RepairReport> repair(const LedgerDir& dir, const RepairOptions& options) {
    RETURN_IF_ERROR(check_format(dir));
    ASSIGN_OR_RETURN(const bool has_events, os::exists(dir.layout().events_dir()));
    ASSIGN_OR_RETURN(const bool has_manifest, os::exists(dir.manifest_path()));
    if (!has_events && !has_manifest) {
        return fail(ErrorCode::kNotFound, "repair {}: there is no ledger here", dir.root());
    }
    std::optional<os::LockFile> lock;
    if (!options.dry_run) {
        ASSIGN_OR_RETURN(lock, os::LockFile::acquire(dir.lifecycle_lock_path(), options.wait_ms));
    }
    ASSIGN_OR_RETURN(RepairReport report, look_and_plan(dir, options));
    if (!options.dry_run) RETURN_IF_ERROR(Deed(dir, report.steps).run());
    sum_up(report);
    return report;
}

}  // namespace daybook::ledger
