// daybook run: any program as a run.

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "capture/code_state.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/origin.h"
#include "cli/outer_run.h"
#include "cli/program_run.h"
#include "cli/query_limits.h"
#include "cli/run_claim.h"
#include "cli/run_created.h"
#include "cli/start_failure.h"
#include "event/run_id.h"
#include "json/reader.h"
#include "json/writer.h"
#include "ledger/environment_recorder.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/process.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

// As timeout(1), env(1) and shells have them: what the program itself cannot have said.
constexpr int kTimedOut = 124;
constexpr int kNotRecorded = 125;
constexpr int kNotExecutable = 126;
constexpr int kNoSuchProgram = 127;

constexpr std::size_t kConfigBytesMax = std::size_t{16} << 20;
constexpr int kStandardOutput = 1;
constexpr int kStandardError = 2;

// Whether a run can be recorded as far as can be known beforehand.
Status check_writable(ledger::Emitter& emitter) {
    if (const std::optional<Error> refusal = emitter.last_failure()) return fail(*refusal);
    return emitter.sync();
}

class RunCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        declare_identity(app);
        app.add_option("--artifact", spec_.artifacts,
                       "Files to record when it has ended; may be repeated")
            ->type_name("GLOB")
            ->allow_extra_args(false);
        app.add_flag("--copy", spec_.copy_artifacts,
                     "Keep copies of what --artifact matches in the ledger, the same content once");
        add_count(app, "--keep-output", spec_.output_bytes_max,
                  "Bytes to keep of each output stream, half of its beginning (1048576)");
        app.add_option("--metrics-file", spec_.metrics_file,
                       "A file to which it appends reports, one a line (DAYBOOK_METRICS_FILE)")
            ->type_name("FILE");
        app.add_option("--timeout", timeout_,
                       "After so long it and its children get SIGTERM: 90s, 1h30m")
            ->type_name("DURATION");
        app.add_option("--kill-after", kill_after_,
                       "So long after a signal that asks it to stop it gets SIGKILL (10s after "
                       "--timeout, else never)")
            ->type_name("DURATION");
        app.add_option("--heartbeat", heartbeat_,
                       "Record that it is alive so often, for judges on other machines: 30s")
            ->type_name("DURATION");
        app.add_option("--id-file", id_file_, "Write the run's id there before it starts")
            ->type_name("FILE");
        add_choice(app, "--summary", summary_, "auto|text|json|none",
                   "Say on standard error how it ended (auto: text, on a terminal)");
        app.add_option("--summary-file", summary_file_,
                       "Write there how it ended, as --summary json says it")
            ->type_name("FILE");
        app.add_flag("-q,--quiet", quiet_, "Say nothing but what is lost");
        app.add_flag("--strict", strict_,
                     "Do not start it unless it can be recorded; 125 if something is lost later");
        add_no_capture(app, no_capture_);
        app.add_option("COMMAND", unused_, "The program and its arguments, as they are");
    }

    Result<ExitCode> run(Context& context) override {
        const ledger::LedgerDir dir(context.ledger_location().path);
        if (const Status read = read_flags(context, dir.root()); !read) {
            return context.report(read.error(), ExitCode::kUsage);
        }
        const Result<Origin> origin = Origin::make(context.arguments, no_capture_);
        if (!origin) return context.report(origin.error(), ExitCode::kUsage);
        RunNotes notes(report_note, quiet_);
        ASSIGN_OR_RETURN(
            std::unique_ptr<ledger::Emitter> emitter,
            ledger::Emitter::open(
                dir, {.log = {.background = false,
                              .on_warning = [&](std::string_view text) { notes.tell(text); }},
                      .policy = FailurePolicy::kKeep,
                      .return_invalid = true,
                      .tells_of_kept = !strict_}));
        if (strict_) {
            const Status writable = check_writable(*emitter);
            if (!writable) return refuse(context, writable.error());
        }
        spec_.must_be_recorded = strict_;
        RunRecorder recorder(*emitter, run_id_, notes);
        // Once the program has ended signals only hurry us: its end is to be recorded.
        const os::HeldSignals held;
        std::optional<ledger::EnvironmentRecorder> environments;
        if (origin->settings().enabled) {
            environments.emplace(*emitter, dir.root(),
                                 [&](std::string_view text) { notes.warn(text); });
            spec_.on_started = [&] {
                capture::CodeQuestion question = capture::ask_about_code(origin->settings());
                question.given_up = &os::interrupt_flag();
                environments->request(run_id_, std::move(question));
            };
        }
        const ProgramRunEnd end =
            record_program(recorder, notes, spec_, origin->owner(), origin->environment());
        if (claim_ && !end.is_unrecorded) claim_->keep();
        // Both may have something to say, and the summary is the last word.
        environments.reset();
        recorder.sync();
        const bool has_all = recorder.has_all();
        emitter.reset();
        return tell(context, end, has_all, notes.has_warned());
    }

private:
    void declare_identity(CLI::App& app) {
        app.add_option("--type", spec_.run_type, "What kind of run (command)")->type_name("NAME");
        app.add_option("--run-id", given_run_id_, "The run's id (made up if it is not given)")
            ->type_name("ID");
        app.add_option("--name", spec_.name, "The run's name, for people")->type_name("NAME");
        app.add_option("--experiment", spec_.experiment, "What the run belongs to")
            ->type_name("NAME");
        app.add_option("--parent", parent_, "The run that it is part of (DAYBOOK_RUN_ID)")
            ->type_name("ID");
        app.add_option("--tag", tags_, "A label; may be repeated")
            ->type_name("KEY=VALUE")
            ->allow_extra_args(false);
        app.add_option("--config", config_,
                       "Its configuration, an object (its command line, if it is not given)")
            ->type_name("JSON|@FILE");
        app.add_option("--data-fingerprint", spec_.data_fingerprint, "Identifies its input data")
            ->type_name("TEXT");
        app.add_option("--seed", seed_, "The seed of its random numbers, to be recorded")
            ->type_name("N");
    }

    Status read_flags(Context& context, const std::string& ledger_root);
    Status read_identity(const std::string& ledger_root);
    Status read_metrics_file();
    Status read_config();
    void choose_parent();
    ExitCode refuse(Context& context, const Error& error) const;
    ExitCode tell(Context& context, const ProgramRunEnd& end, bool has_all, bool has_lost) const;
    void say_how_it_ended(Context& context, const ProgramRunEnd& end, bool has_all) const;

    ProgramRunSpec spec_{.run_type = "command"};
    std::optional<std::string> given_run_id_;
    std::string run_id_;
    std::optional<RunClaim> claim_;  // of an id that was given
    std::optional<std::string> parent_;
    std::vector<std::string> tags_;
    std::string config_;
    std::optional<std::string> seed_;
    std::string timeout_;
    std::string kill_after_;
    std::string heartbeat_;
    std::string id_file_;
    std::string summary_ = "auto";
    std::string summary_file_;
    bool quiet_ = false;
    bool strict_ = false;
    bool no_capture_ = false;
    std::string unused_;  // for help: the words are in Context::program
};

Status read_duration(std::string_view flag, const std::string& text, std::int64_t& milliseconds) {
    if (text.empty()) return {};
    const auto parsed = parse_duration(text);
    if (!parsed) return fail(parsed.error().with_context(std::string(flag)));
    milliseconds = *parsed;
    return {};
}

Status write_text(const std::string& path, const std::string& text) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC));
    os::WriteOutcome outcome = os::write_all(fd.get(), text, path);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

Result<std::int64_t> read_integer(std::string_view flag, const std::string& text) {
    std::int64_t value = 0;
    const char* const text_end = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), text_end, value);
    if (error == std::errc() && end == text_end) return value;
    using Range = std::numeric_limits<std::int64_t>;
    return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected an integer from {} to {}",
                flag, printable(text), Range::min(), Range::max());
}

Status RunCommand::read_flags(Context& context, const std::string& ledger_root) {
    if (context.program.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "run: what to run is missing: daybook run [flags] -- COMMAND…");
    }
    if (context.program.front().empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "run: found '' as what to run, expected a program's name or path");
    }
    if (spec_.copy_artifacts && spec_.artifacts.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "run: --copy keeps what --artifact matches, and there is no --artifact");
    }
    spec_.program.argv = context.program;
    spec_.program.out_fd = kStandardOutput;
    spec_.program.err_fd = kStandardError;
    for (const std::string& tag : tags_) {
        const std::size_t sign = tag.find('=');
        if (sign == std::string::npos || sign == 0) {
            return fail(ErrorCode::kInvalidArgument, "--tag: found '{}', expected KEY=VALUE",
                        printable(tag));
        }
        spec_.tags.emplace_back(tag.substr(0, sign), tag.substr(sign + 1));
    }
    RETURN_IF_ERROR(read_duration("--timeout", timeout_, spec_.program.timeout_ms));
    RETURN_IF_ERROR(read_duration("--kill-after", kill_after_, spec_.program.kill_after_ms));
    RETURN_IF_ERROR(read_duration("--heartbeat", heartbeat_, spec_.heartbeat_ms));
    RETURN_IF_ERROR(read_config());
    if (seed_) {
        ASSIGN_OR_RETURN(spec_.seed, read_integer("--seed", *seed_));
    }
    RETURN_IF_ERROR(read_metrics_file());
    RETURN_IF_ERROR(read_identity(ledger_root));
    // Emptied now: one that cannot be written is told before anything starts, and an old one is
    // not taken for this run's.
    for (const auto& [flag, path, text] : {std::tuple("--id-file", &id_file_, run_id_ + "\n"),
                                           {"--summary-file", &summary_file_, ""}}) {
        if (path->empty()) continue;
        const Status written = write_text(*path, text);
        if (!written) return fail(written.error().with_context(flag));
    }
    return {};
}

Status RunCommand::read_metrics_file() {
    if (spec_.metrics_file.empty()) return {};
    // The program may change its directory; what it is told must not.
    spec_.metrics_file = os::absolute_path(spec_.metrics_file);
    const auto info = os::file_info(spec_.metrics_file);
    if (info && *info && !(*info)->is_regular) {
        return fail(ErrorCode::kInvalidArgument,
                    "--metrics-file {}: it is no ordinary file, which can be followed",
                    spec_.metrics_file);
    }
    const std::string folder = os::parent_path(spec_.metrics_file);
    const auto folder_info = os::file_info(folder);
    if (folder_info && *folder_info && (*folder_info)->is_directory) return {};
    return fail(ErrorCode::kInvalidArgument,
                "--metrics-file {}: there is no directory {}, where the program could make it",
                spec_.metrics_file, folder);
}

// Which run this is, and whether it can be recorded.
Status RunCommand::read_identity(const std::string& ledger_root) {
    spec_.ledger_dir = os::canonical_path(os::absolute_path(ledger_root));
    const bool is_given = given_run_id_.has_value();
    if (is_given) {
        run_id_ = *given_run_id_;
    } else {
        run_id_ = event::make_run_id(spec_.run_type, system_clock().now(),
                                     static_cast<std::uint32_t>(random_seed()));
    }
    choose_parent();
    RETURN_IF_ERROR(check_run_created(run_id_, spec_));
    if (is_given) {
        ASSIGN_OR_RETURN(RunClaim claim, RunClaim::take(run_id_, spec_.ledger_dir));
        claim_.emplace(std::move(claim));
    }
    return {};
}

Status RunCommand::read_config() {
    if (config_.empty()) {
        spec_.config_json = command_config(spec_.program.argv);
        return {};
    }
    std::string text = config_;
    if (config_.starts_with('@')) {
        auto read = os::read_file(config_.substr(1), kConfigBytesMax);
        if (!read) return fail(read.error().with_context("--config"));
        text = *std::move(read);
    }
    RETURN_IF_ERROR(json::minify(text, spec_.config_json, "--config"));
    if (spec_.config_json.starts_with('{')) return {};
    return fail(ErrorCode::kInvalidArgument, "--config: found {}, expected an object",
                json::describe(json::Reader(spec_.config_json).peek()));
}

// The run around this one, where it is in the same ledger.
void RunCommand::choose_parent() {
    const std::optional<std::string> outer = parent_ ? parent_ : outer_run(spec_.ledger_dir);
    if (outer && !outer->empty() && *outer != run_id_) spec_.parent_run_id = outer;
}

ExitCode RunCommand::refuse(Context& context, const Error& error) const {
    report_error(context.error_style,
                 fmt::format("run: not started, because it cannot be recorded (--strict): {}",
                             error.message()));
    return static_cast<ExitCode>(kNotRecorded);
}

void RunCommand::say_how_it_ended(Context& context, const ProgramRunEnd& end, bool has_all) const {
    const bool as_text =
        summary_ == "text" || (summary_ == "auto" && context.error_style.terminal && !quiet_);
    const std::string json = fmt::format(
        R"({{"run_id":{},"ledger":{},"recorded":{},"status":"{}","reason":{},"summary":{}}})"
        "\n",
        json_cell(Cell(run_id_)), json_cell(Cell(spec_.ledger_dir)), has_all, end.status,
        end.reason.empty() ? std::string("null") : json_cell(Cell(end.reason)), end.summary);
    // A line of its own, whatever the program wrote before it.
    if (end.err_is_mid_line && (summary_ == "json" || as_text)) write_standard_error("\n");
    if (summary_ == "json") {
        write_standard_error(json);
    } else if (as_text && end.program) {
        report_note(fmt::format("run {} {} in {}{}", run_id_, end.status,
                                human_duration(end.duration_ms),
                                end.reason.empty() ? "" : ": " + end.reason));
    }
    if (summary_file_.empty()) return;
    const Status written = write_text(summary_file_, json);
    if (!written) report_error(context.error_style, "--summary-file: " + written.error().message());
}

ExitCode RunCommand::tell(Context& context, const ProgramRunEnd& end, bool has_all,
                          bool has_lost) const {
    say_how_it_ended(context, end, has_all);
    if (!end.program) {
        const ErrorCode code = end.not_started->code();
        if (code == ErrorCode::kCancelled) return ExitCode::kInterrupted;
        if (end.is_unrecorded) return refuse(context, *end.not_started);
        report_error(context.error_style,
                     "run: " + explain_start_failure(spec_.program.argv[0], *end.not_started));
        const bool is_missing = code == ErrorCode::kNotFound;
        return static_cast<ExitCode>(is_missing ? kNoSuchProgram : kNotExecutable);
    }
    if (strict_ && (has_lost || !has_all)) return static_cast<ExitCode>(kNotRecorded);
    if (end.program->timed_out) return static_cast<ExitCode>(kTimedOut);
    // Output that has not arrived is no success, whatever the program thinks.
    if (end.program->output_error && end.program->exit_code == 0) {
        return static_cast<ExitCode>(kNotRecorded);
    }
    return static_cast<ExitCode>(end.program->exit_code);
}

}  // namespace

extern constinit const CommandInfo kRunCommand = {
    .name = "run",
    .summary = "Runs any program as a run: its output, its measurements, how it ended",
    .details =
        "The program's words need no quoting: they begin behind --, or at the first word that is\n"
        "no flag.  Its output passes through, byte for byte, and is kept.  Lines such as\n"
        "  daybook: {\"metric\":{\"loss\":0.31},\"step\":12}\n"
        "of its output, or without the first word in the file that DAYBOOK_METRICS_FILE names,\n"
        "are recorded: metric, trial, tag, note, artifact.  So is what it emits itself:\n"
        "DAYBOOK_LEDGER and DAYBOOK_RUN_ID are in its environment.\n"
        "\n"
        "A ledger that cannot be written stops no program: what is lost is said.  Signals are\n"
        "sent on.  The exit code is the program's; 124: --timeout, 125: not recorded (--strict)\n"
        "or its output did not arrive, 126: it cannot be executed, 127: there is none.",
    .examples =
        "daybook run -- python3 train.py --epochs 3\n"
        "daybook run --type training --tag model=m1 --timeout 2h -- python3 train.py\n"
        "daybook run --name nightly --artifact 'out/*.csv' -- sh -c 'echo 1 > out/a.csv'\n"
        "# a script that wants to know the run\n"
        "daybook run --id-file run.id -- ./backtest && daybook show \"$(cat run.id)\"",
    .common_flags = kLedgerFlag | kRunsProgram,
    .make = make_command<RunCommand>,
};

}  // namespace daybook::cli
