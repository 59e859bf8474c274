#include "lifecycle/retention_apply.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "archive/inflate.h"
#include "archive/log_source.h"
#include "base/limits.h"
#include "base/random.h"
#include "event/event_id.h"
#include "index/builder.h"
#include "json/envelope.h"
#include "ledger/event_log.h"
#include "lifecycle/retention_day.h"
#include "log/scan.h"
#include "os/kill_point.h"
#include "query/session.h"

namespace daybook::lifecycle {
namespace {

constexpr int kIndexWaitMs = 30'000;

// The day of an id that EventIdGenerator has made: it begins with the time, of 12 hexadecimal
// digits and a dash among them.
std::optional<Day> day_of_id(std::string_view event_id) {
    std::string digits(event_id.substr(0, 13));
    if (digits.size() != 13 || digits[8] != '-') return std::nullopt;
    digits.erase(8, 1);
    std::int64_t time = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), time, 16);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return day_of(TimestampMs(time));
}

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

    // Those of `event_ids` that the log has.
    Result<std::vector<std::string>> found(const std::vector<std::string>& event_ids) const {
        std::vector<std::string> found;
        for (const std::string& event_id : event_ids) {
            ASSIGN_OR_RETURN(const bool is_there, has(event_id));
            if (is_there) found.push_back(event_id);
        }
        return found;
    }

private:
    // It lies in the day of its time or nowhere; that of a former one may be another than the
    // journal has now.
    Result<bool> has(const std::string& event_id) const {
        const std::optional<Day> former_day = day_of_id(event_id);
        const log::LogSource source = archive::log_source(dir_);
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
        json::EnvelopeReader envelopes;
        for (const log::PartInfo& part : parts) {
            if (part.id.day != day_ && part.id.day != former_day) continue;
            ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source, part.id));
            while (true) {
                ASSIGN_OR_RETURN(const log::Line* line, reader.next_line());
                if (line == nullptr) break;
                // Any event may speak of the id, and a damaged line is none.
                if (line->kind == log::LineKind::kDamaged) continue;
                const auto envelope = envelopes.read(line->text);
                const bool is_it = envelope && envelope->event_id == event_id &&
                                   envelope->event_type == "ledger.retained";
                if (is_it) return true;
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

// What is appended from here on are other events than an earlier process may have appended.
void renew_ids(const ledger::LedgerDir& dir, RetentionJournal& journal) {
    event::EventIdGenerator ids(random_seed());
    for (JournalDay& day : journal.days) {
        const auto is_over = is_done(dir, day);
        if (!is_over || *is_over) continue;
        day.former_ids.insert(day.former_ids.end(), day.event_ids.begin(), day.event_ids.end());
        for (std::string& id : day.event_ids) id = ids.next(journal.at).to_string();
    }
}

// A clock that was ahead has given the journal a time that no event may have now: without another
// one nobody could finish it before that time has come.
Status leave_the_future(const ledger::LedgerDir& dir, const Clock& clock,
                        RetentionJournal& journal) {
    const TimestampMs now = clock.now();
    if (journal.at.value() - now.value() <= kTimestampAheadMsMax) return {};
    journal.at = now;
    renew_ids(dir, journal);
    return write_journal(dir, journal);
}

class Application {
public:
    Application(const ledger::LedgerDir& dir, RetentionJournal journal, RetentionRecheck& recheck,
                duck::Connection& connection, const ApplyOptions& options)
        : dir_(dir),
          journal_(std::move(journal)),
          recheck_(recheck),
          connection_(connection),
          options_(options),
          recorder_(dir, day_of(journal_.at), options) {}

    Result<AppliedRetention> run() {
        std::size_t position = 0;
        while (position < journal_.days.size()) {
            if (options_.keep_on && !options_.keep_on()) {
                return fail(ErrorCode::kCancelled,
                            "retain: stopped after {} of {} days; the next one goes on", position,
                            journal_.days.size());
            }
            const Status done = do_day(position);
            if (done) {
                ++position;
            } else if (is_of_the_day(done.error().code())) {
                RETURN_IF_ERROR(give_up(position, done.error()));
            } else {
                return fail(done.error());
            }
        }
        return std::move(applied_);
    }

private:
    static bool is_of_the_day(ErrorCode code) {
        return code == ErrorCode::kCorrupt || code == ErrorCode::kNotFound ||
               code == ErrorCode::kLimit;
    }

    // A lock is held on a file, not on a name: a directory that somebody has put in this one's
    // place meanwhile has another lock, and no journal of ours.
    Status check_directory() const {
        ASSIGN_OR_RETURN(const bool is_there, os::exists(dir_.retention_journal_path()));
        if (is_there) return {};
        return fail(ErrorCode::kBusy,
                    "retain: {} has gone: the ledger was replaced or removed meanwhile; nothing "
                    "more is taken out of what is there now; 'daybook verify' it",
                    dir_.retention_journal_path());
    }

    Status do_day(std::size_t position) {
        RETURN_IF_ERROR(check_directory());
        ASSIGN_OR_RETURN(const bool is_over, is_done(dir_, journal_.days[position]));
        if (is_over) return {};
        RETURN_IF_ERROR(take_off().map([](bool) {}));
        while (!journal_.runs.empty()) {
            const GoingRuns runs(journal_);
            DayRetention retention(dir_, journal_, runs, connection_, *options_.clock);
            ASSIGN_OR_RETURN(DayRetention::Prepared prepared,
                             retention.prepare(journal_.days[position]));
            // To write a day takes minutes.
            ASSIGN_OR_RETURN(const bool has_changed, take_off());
            if (!has_changed) return commit(retention, position, std::move(prepared));
            RETURN_IF_ERROR(retention.discard(prepared));
        }
        return {};
    }

    Status commit(DayRetention& retention, std::size_t position, DayRetention::Prepared prepared) {
        const JournalDay& day = journal_.days[position];
        std::vector<std::string> replaces;
        if (!prepared.rewritten.empty()) {
            ASSIGN_OR_RETURN(replaces, recorder_.found(day.former_ids));
        }
        ASSIGN_OR_RETURN(
            const DayRetained retained,
            retention.commit(day, std::move(prepared), replaces,
                             [this](const std::string& event_id, const std::string& event) {
                                 const Status ours = check_directory();
                                 return ours ? recorder_.record(event_id, event) : ours;
                             }));
        applied_.events += retained.events;
        applied_.bytes += retained.bytes;
        applied_.disk_bytes += retained.disk_bytes;
        applied_.days += retained.events > 0 ? 1 : 0;
        return {};
    }

    // Takes the runs off the journal that may not go any more; whether there were any.
    Result<bool> take_off() {
        ASSIGN_OR_RETURN(const Stays stays, recheck_.look(journal_.runs));
        if (stays.empty()) return false;
        RETURN_IF_ERROR(check_directory());
        for (const auto& [run_id, why] : stays) {
            applied_.notes.push_back(fmt::format("run {} stays: {}", run_id, why));
            applied_.stayed.push_back(run_id);
        }
        std::erase_if(journal_.runs,
                      [&](const std::string& run_id) { return stays.contains(run_id); });
        // An event of an earlier process may name runs that do not go now: others say so.
        if (options_.resumes) renew_ids(dir_, journal_);
        if (!journal_.runs.empty()) RETURN_IF_ERROR(write_journal(dir_, journal_));
        return true;
    }

    Status give_up(std::size_t position, const Error& error) {
        applied_.problems.push_back(fmt::format("{}: nothing of that day was removed: {}",
                                                to_string(journal_.days[position].day),
                                                error.message()));
        journal_.days.erase(journal_.days.begin() + static_cast<std::ptrdiff_t>(position));
        return write_journal(dir_, journal_);
    }

    const ledger::LedgerDir& dir_;
    RetentionJournal journal_;
    RetentionRecheck& recheck_;
    duck::Connection& connection_;
    const ApplyOptions& options_;
    Recorder recorder_;
    AppliedRetention applied_;
};

Result<AppliedRetention> apply_days(const ledger::LedgerDir& dir, RetentionJournal journal,
                                    RetentionRecheck& recheck, const ApplyOptions& options) {
    if (options.resumes) RETURN_IF_ERROR(leave_the_future(dir, *options.clock, journal));
    ASSIGN_OR_RETURN(const archive::Inflater inflater, archive::Inflater::open());
    ASSIGN_OR_RETURN(duck::Connection connection, inflater.database().connect());
    return Application(dir, std::move(journal), recheck, connection, options).run();
}

}  // namespace

Result<AppliedRetention> apply_journal(const ledger::LedgerDir& dir, RetentionJournal journal,
                                       RetentionRecheck recheck, const ApplyOptions& options) {
    AppliedRetention applied;
    {
        // Its session is over before the index is built.
        RetentionRecheck during = std::move(recheck);
        ASSIGN_OR_RETURN(applied, apply_days(dir, std::move(journal), during, options));
    }
    RETURN_IF_ERROR(let_index_forget(dir, applied.notes));
    os::kill_point(os::KillPoint::kRetainForgotten);
    RETURN_IF_ERROR(remove_journal(dir));
    os::kill_point(os::KillPoint::kRetainJournalRemoved);
    return applied;
}

}  // namespace daybook::lifecycle
