// A program's run: what it writes and reports, recorded from its start to its end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/run_recorder.h"
#include "event/events.h"
#include "os/program.h"

namespace daybook::cli {

struct ProgramRunSpec {
    std::string ledger_dir{};  // absolute
    std::string run_type{};
    std::string config_json{};
    std::string data_fingerprint{};
    std::optional<std::string> name{};
    std::optional<std::string> experiment{};
    std::optional<std::string> parent_run_id{};
    std::optional<std::int64_t> seed{};
    std::vector<std::pair<std::string, std::string>> tags{};
    std::vector<std::string> artifacts{};  // shell patterns, looked for when it has ended
    bool copy_artifacts = false;           // what matches is kept in the ledger
    std::size_t output_bytes_max = std::size_t{1} << 20;  // kept of each stream
    std::string metrics_file{};     // empty: one in the run's artifact directory
    std::int64_t heartbeat_ms = 0;  // 0: none
    // Nothing is started unless the ledger has run.created.
    bool must_be_recorded = false;
    // Called when run.created was recorded and the program has been started: the place to start
    // threads, which then get no signals.
    std::function<void()> on_started{};
    os::ProgramSpec program{};
};

struct ProgramRunEnd {
    // Unset: it could not be started.
    std::optional<os::ProgramEnd> program{};
    std::optional<Error> not_started{};
    bool is_unrecorded = false;  // not started because of `must_be_recorded`
    std::string_view status{};   // "completed", "failed" or "cancelled"
    std::string reason{};        // of anything but completed: "exit code 3"
    std::int64_t duration_ms = 0;
    std::string summary{};  // JSON, as it was recorded
    // What it wrote to standard error does not end with a line's end.
    bool err_is_mid_line = false;
};

// Records run.created; starts the program with DAYBOOK_LEDGER, DAYBOOK_RUN_ID and
// DAYBOOK_METRICS_FILE in its environment and records run.started with `owner`, the program's
// process added; passes its output on, records what it reports (report_lines.h) there and in the
// metrics file, keeps its output and the files that match as artifacts, and records how it ended.
// What the ledger refuses stops none of that, unless `must_be_recorded` asks for it.
ProgramRunEnd record_program(RunRecorder& recorder, RunNotes& notes, const ProgramRunSpec& spec,
                             const event::Owner& owner,
                             const std::optional<event::Environment>& environment);

}  // namespace daybook::cli
