#include "cli/run_marks.h"

#include <cstddef>
#include <optional>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/context.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/process.h"
#include "query/deleted_runs.h"

namespace daybook::cli {

namespace {

// The time that the next mark of a run needs to count; unset: the clock's.
Result<std::optional<TimestampMs>> time_of_mark(query::Session& session,
                                                const std::string& run_id) {
    ASSIGN_OR_RETURN(const std::optional<TimestampMs> last, query::last_marked(session, run_id));
    const TimestampMs now = system_clock().now();
    if (!last || *last < now) return std::nullopt;
    const TimestampMs next(last->value() + 1);
    if (next.value() <= now.value() + kTimestampAheadMsMax) return next;
    return fail(ErrorCode::kInvalidArgument,
                "mark run {}: it was deleted or brought back at {}, by a clock that was ahead of "
                "this one, which says {}: nothing that is recorded now would count; set the clock, "
                "if it is this one that is wrong; 'daybook hold' keeps the run from being removed",
                run_id, to_iso8601(*last), to_iso8601(now));
}

}  // namespace

Result<std::vector<Mark>> mark_runs(
    const std::string& directory, query::Session& session, const std::vector<std::string>& run_ids,
    const std::function<event::Payload(const std::string& author)>& payload) {
    std::vector<std::optional<TimestampMs>> times;
    for (const std::string& run_id : run_ids) {
        ASSIGN_OR_RETURN(times.emplace_back(), time_of_mark(session, run_id));
    }
    const ledger::LedgerDir dir(directory);
    // A log that another tool has begun has no ledger.json yet, and its runs can be marked too.
    ASSIGN_OR_RETURN(const bool has_log, os::exists(dir.layout().events_dir()));
    ASSIGN_OR_RETURN(
        const auto log,
        ledger::EventLog::open(
            dir, {.create = has_log, .background = false, .on_warning = [](std::string_view text) {
                      report_note(text);
                  }}));
    const std::string author = os::user_name();
    std::vector<Mark> marks;
    for (std::size_t i = 0; i < run_ids.size(); ++i) {
        ASSIGN_OR_RETURN(const event::Receipt receipt,
                         log->emit(run_ids[i], payload(author), {.timestamp = times[i]}));
        marks.push_back({run_ids[i], receipt.event_id.to_string()});
    }
    RETURN_IF_ERROR(log->sync());
    return marks;
}

}  // namespace daybook::cli
