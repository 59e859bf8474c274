// daybook run: any program as a run.

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "capture/code_state.h"
#include "capture/secrets.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/origin.h"
#include "cli/program_run.h"
#include "event/run_id.h"
#include "json/writer.h"
#include "ledger/environment_recorder.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::cli {
namespace {

class RunCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--type", spec_.run_type, "What kind of run (command)")->type_name("NAME");
        app.add_option("--run-id", spec_.run_id, "The run's id (made up if it is not given)")
            ->type_name("ID");
        app.add_option("--name", spec_.name, "The run's name, for people")->type_name("NAME");
        app.add_option("--experiment", spec_.experiment, "What the run belongs to")
            ->type_name("NAME");
        app.add_option("--tag", tags_, "A label; may be repeated")
            ->type_name("KEY=VALUE")
            ->allow_extra_args(false);
        app.add_option("--config", config_, "Its configuration: JSON, an object")
            ->type_name("JSON");
        app.add_option("--artifact", spec_.artifacts,
                       "Files to record when it has ended; may be repeated")
            ->type_name("GLOB")
            ->allow_extra_args(false);
        add_count(app, "--keep-output", spec_.output_bytes_max,
                  "Bytes to keep of each output stream (1048576)");
        add_no_capture(app, no_capture_);
        app.add_option("COMMAND", spec_.argv, "The program and its arguments, after --")
            ->type_name("COMMAND…")
            ->required();
    }

    Result<ExitCode> run(Context& context) override {
        for (const std::string& tag : tags_) {
            const std::size_t sign = tag.find('=');
            if (sign == std::string::npos || sign == 0) {
                return context.report(Error(ErrorCode::kInvalidArgument,
                                            "--tag: found '" + tag + "', expected KEY=VALUE"),
                                      ExitCode::kUsage);
            }
            spec_.tags.emplace_back(tag.substr(0, sign), tag.substr(sign + 1));
        }
        const ledger::LedgerDir dir(context.ledger_location().path);
        ASSIGN_OR_RETURN(
            const std::unique_ptr<ledger::EventLog> log,
            ledger::EventLog::open(dir, {.background = false, .on_warning = report_note}));
        spec_.ledger_dir = os::canonical_path(dir.root());
        if (spec_.run_id.empty()) {
            spec_.run_id = event::make_run_id(spec_.run_type, system_clock().now(),
                                              static_cast<std::uint32_t>(random_seed()));
        }
        spec_.config_json = config_.empty() ? command_json() : config_;
        if (const char* outer = std::getenv("DAYBOOK_RUN_ID"); outer != nullptr && *outer != 0) {
            spec_.parent_run_id = outer;
        }
        const auto origin = Origin::make(context.arguments, no_capture_);
        if (!origin) return context.report(origin.error(), ExitCode::kUsage);
        ledger::EnvironmentRecorder environments(*log, dir.root(), report_note);
        if (origin->settings().enabled) {
            spec_.on_created = [&] {
                environments.request(spec_.run_id, capture::ask_about_code(origin->settings()));
            };
        }
        ASSIGN_OR_RETURN(const ProgramRunEnd end,
                         record_program(*log, spec_, origin->owner(), origin->environment()));
        for (const std::string& text : end.notes) report_note(text);
        return static_cast<ExitCode>(end.program.exit_code);
    }

private:
    // {"command":["python3","train.py"]}, without secrets.
    std::string command_json() const {
        const std::vector<std::string_view> given(spec_.argv.begin(), spec_.argv.end());
        const std::vector<std::string> masked = capture::mask_arguments(given);
        const std::vector<std::string_view> words(masked.begin(), masked.end());
        std::string list;
        json::Writer(list).strings(words);
        return "{\"command\":" + list + "}";
    }

    ProgramRunSpec spec_{.run_type = "command"};
    std::vector<std::string> tags_;
    std::string config_;
    bool no_capture_ = false;
};

}  // namespace

extern constinit const CommandInfo kRunCommand = {
    .name = "run",
    .summary = "Runs any program as a run: its output, its measurements, how it ended",
    .details =
        "The program's output passes through and is kept (stdout, stderr).  Lines such as\n"
        "  daybook: {\"metric\":{\"loss\":0.31},\"step\":12}\n"
        "are recorded, and so is what it emits itself: DAYBOOK_LEDGER and DAYBOOK_RUN_ID are in\n"
        "its environment.  The exit code is the program's.",
    .examples =
        "daybook run --type training --tag model=m1 -- python3 train.py --epochs 3\n"
        "daybook run --name nightly --artifact 'out/*.csv' -- sh -c 'echo 1 > out/a.csv'",
    .common_flags = kLedgerFlag,
    .make = make_command<RunCommand>,
};

}  // namespace daybook::cli
