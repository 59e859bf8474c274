// A program's run: what it writes and reports, recorded from its start to its end.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "event/events.h"
#include "ledger/event_log.h"
#include "os/program.h"

namespace daybook::cli {

struct ProgramRunSpec {
    std::string ledger_dir{};  // absolute
    std::string run_id{};
    std::string run_type{};
    std::string config_json{};
    std::optional<std::string> name{};
    std::optional<std::string> experiment{};
    std::optional<std::string> parent_run_id{};
    std::vector<std::pair<std::string, std::string>> tags{};
    std::vector<std::string> artifacts{};  // shell patterns, looked for when it has ended
    std::size_t output_bytes_max = std::size_t{1} << 20;  // kept of each stream
    std::vector<std::string> argv{};
    std::function<void()> on_created{};  // run.created is recorded
};

// What to say about it to who started it.
struct ProgramRunEnd {
    os::ProgramEnd program{};
    std::vector<std::string> notes{};  // what could not be recorded, and why
};

// Records run.created and run.started, runs the program with DAYBOOK_LEDGER and DAYBOOK_RUN_ID in
// its environment, passes its output through to ours, records what it reports (report_lines.h),
// keeps its output and the files that match as artifacts, and records how it ended.
Result<ProgramRunEnd> record_program(ledger::EventLog& log, const ProgramRunSpec& spec,
                                     const event::Owner& owner,
                                     const std::optional<event::Environment>& environment);

}  // namespace daybook::cli
