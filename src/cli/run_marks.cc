#include "cli/run_marks.h"

#include "cli/context.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::cli {

Result<std::vector<Mark>> mark_runs(
    const std::string& directory, const std::vector<std::string>& run_ids,
    const std::function<event::Payload(const std::string& author)>& payload) {
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
    for (const std::string& run_id : run_ids) {
        ASSIGN_OR_RETURN(const event::Receipt receipt, log->emit(run_id, payload(author)));
        marks.push_back({run_id, receipt.event_id.to_string()});
    }
    RETURN_IF_ERROR(log->sync());
    return marks;
}

}  // namespace daybook::cli
