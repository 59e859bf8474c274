#include "lifecycle/retention_apply.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "archive/inflate.h"
#include "archive/log_source.h"
#include "index/builder.h"
#include "ledger/event_log.h"
#include "lifecycle/retention_day.h"
#include "log/scan.h"
#include "os/kill_point.h"
#include "query/session.h"

namespace daybook::lifecycle {
namespace {

constexpr int kIndexWaitMs = 30'000;

// Appends the events that say what has gone.
class Recorder {
public:
    Recorder(const ledger::LedgerDir& dir, Day day, const ApplyOptions& options)
        : dir_(dir), day_(day), options_(options) {}

    Status record(const std::string& event_id, const std::string& event) {
        if (options_.resumes) {
            ASSIGN_OR_RETURN(const bool is_there, has(event_id));
            if (is_there) return {};
        }
        if (!log_) {
            ASSIGN_OR_RETURN(
                log_, ledger::EventLog::open(dir_, {.clock = options_.clock, .background = false}));
        }
        RETURN_IF_ERROR(log_->emit_json(event));
        // Power may fail once the bytes that it speaks of are gone.
        return log_->sync();
    }

private:
    // It has its day's date, and lies there or nowhere.
    Result<bool> has(const std::string& event_id) const {
        const log::LogSource source = archive::log_source(dir_);
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
        for (const log::PartInfo& part : parts) {
            if (part.id.day != day_) continue;
            ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source, part.id));
            while (true) {
                ASSIGN_OR_RETURN(const log::Line* line, reader.next_line());
                if (line == nullptr) break;
                if (line->text.find(event_id) != std::string_view::npos) return true;
            }
        }
        return false;
    }

    const ledger::LedgerDir& dir_;
    Day day_;
    const ApplyOptions& options_;
    std::unique_ptr<ledger::EventLog> log_;
};

// An index that cannot be brought up to date now forgets with its next build: it looks at the
// manifests.
Status let_index_forget(const ledger::LedgerDir& dir, std::vector<std::string>& notes) {
    ASSIGN_OR_RETURN(const std::string snapshot, query::newest_snapshot(dir.root()));
    if (snapshot.empty()) return {};
    const auto built = index::build(dir.root(), {.wait_ms = kIndexWaitMs});
    if (built) return {};
    notes.push_back(fmt::format("the index still has what was removed, until it is next built: {}",
                                built.error().message()));
    return {};
}

}  // namespace

Result<AppliedRetention> apply_journal(const ledger::LedgerDir& dir,
                                       const RetentionJournal& journal,
                                       const ApplyOptions& options) {
    AppliedRetention applied;
    ASSIGN_OR_RETURN(const archive::Inflater inflater, archive::Inflater::open());
    ASSIGN_OR_RETURN(duck::Connection connection, inflater.database().connect());
    const GoingRuns runs(journal);
    DayRetention retention(dir, journal, runs, connection, *options.clock);
    Recorder recorder(dir, day_of(journal.at), options);
    const auto record = [&recorder](const std::string& event_id, const std::string& event) {
        return recorder.record(event_id, event);
    };
    for (const JournalDay& day : journal.days) {
        if (options.keep_on && !options.keep_on()) {
            return fail(ErrorCode::kCancelled,
                        "retain: stopped after {} of {} days; the next one goes on", applied.days,
                        journal.days.size());
        }
        ASSIGN_OR_RETURN(const DayRetained retained, retention.run(day, record));
        applied.events += retained.events;
        applied.bytes += retained.bytes;
        applied.disk_bytes += retained.disk_bytes;
        applied.days += retained.events > 0 ? 1 : 0;
    }
    RETURN_IF_ERROR(let_index_forget(dir, applied.notes));
    os::kill_point(os::KillPoint::kRetainForgotten);
    RETURN_IF_ERROR(remove_journal(dir));
    os::kill_point(os::KillPoint::kRetainJournalRemoved);
    return applied;
}

}  // namespace daybook::lifecycle
