#include "cli/program_run.h"

#include <csignal>

#include "base/clock.h"
#include "cli/kept_output.h"
#include "cli/program_files.h"
#include "cli/program_reports.h"
#include "cli/record_sync.h"
#include "cli/report_worker.h"
#include "cli/run_created.h"
#include "ledger/artifact_layout.h"
#include "ledger/heartbeat.h"
#include "os/file.h"
#include "os/process_look.h"

namespace daybook::cli {
namespace {

std::int64_t now_ms() { return system_clock().monotonic_ns() / 1'000'000; }

bool asks_to_stop(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

class ProgramRun {
public:
    ProgramRun(RunRecorder& recorder, RunNotes& notes, const ProgramRunSpec& spec)
        : recorder_(recorder),
          notes_(notes),
          spec_(spec),
          reports_(recorder, notes),
          out_(spec.output_bytes_max),
          err_(spec.output_bytes_max) {}

    Status create(const std::optional<event::Environment>& environment);
    void refuse(Error error);
    void run(const event::Owner& owner);
    ProgramRunEnd take() && { return std::move(end_); }

private:
    void prepare_files(os::ProgramSpec& program);
    os::ProgramHost host(const event::Owner& owner);
    void start(event::Owner owner, std::int64_t pid);
    void keep_files();
    void record_end();
    void judge();
    std::string summary() const;

    RunRecorder& recorder_;
    RunNotes& notes_;
    const ProgramRunSpec& spec_;
    ProgramReports reports_;
    std::optional<ReportWorker> worker_;
    KeptOutput out_;
    KeptOutput err_;
    std::string directory_;  // of the run's artifacts; empty: there is none
    std::string metrics_file_;
    TimestampMs begun_at_{};
    std::int64_t begun_ms_ = 0;
    ProgramRunEnd end_;
    // While the program runs:
    std::optional<RecordSync> sync_;
    std::optional<ledger::Heartbeat> heartbeat_;
};

Status ProgramRun::create(const std::optional<event::Environment>& environment) {
    std::vector<Field> tags;
    event::RunCreated created = run_created(spec_, tags);
    created.environment = environment;
    recorder_.emit(created);
    if (!spec_.must_be_recorded) return {};
    recorder_.sync();
    RETURN_IF_ERROR(recorder_.check_all());
    recorder_.tell_of_kept();
    return {};
}

// The end is emitted all the same: should there be room again, the run does not stay open.
void ProgramRun::refuse(Error error) {
    begun_ms_ = now_ms();
    end_.not_started = std::move(error);
    end_.is_unrecorded = true;
    record_end();
}

// Where the program may write metrics, and what it is told of the run.
void ProgramRun::prepare_files(os::ProgramSpec& program) {
    metrics_file_ = spec_.metrics_file;
    program.environment["DAYBOOK_RUN_ID"] = recorder_.run_id();
    program.environment["DAYBOOK_LEDGER"] = spec_.ledger_dir;
    const auto below_ledger = ledger::run_directory(recorder_.run_id());
    if (below_ledger) directory_ = os::join_path(spec_.ledger_dir, *below_ledger);
    if (metrics_file_.empty() && !directory_.empty()) {
        const Status made = os::make_dirs(directory_);
        if (made) metrics_file_ = os::join_path(directory_, "metrics.jsonl");
        if (!made) notes_.warn("DAYBOOK_METRICS_FILE is not set: " + made.error().message());
    }
    if (metrics_file_.empty()) return;
    program.environment["DAYBOOK_METRICS_FILE"] = metrics_file_;
    const Status followed = reports_.follow(metrics_file_);
    if (!followed) notes_.warn(followed.error().message());
}

void ProgramRun::start(event::Owner owner, std::int64_t pid) {
    owner.program_pid = pid;
    owner.program_pid_start = os::look_at_process(pid).start_ticks;
    if (spec_.heartbeat_ms > 0) owner.heartbeat_ms = spec_.heartbeat_ms;
    recorder_.emit(event::RunStarted{.owner = owner});
    // Here, where signals are kept from threads that start.
    worker_.emplace(reports_, notes_);
    sync_.emplace(recorder_);
    if (spec_.heartbeat_ms > 0) {
        heartbeat_.emplace(recorder_.sink(), recorder_.run_id(), spec_.heartbeat_ms,
                           [this](std::string_view text) { notes_.warn(text); });
    }
    if (spec_.on_started) spec_.on_started();
}

os::ProgramHost ProgramRun::host(const event::Owner& owner) {
    return {.started = [this, owner](std::int64_t pid) { start(owner, pid); },
            .output =
                [this](os::OutputStream stream, std::string_view bytes) {
                    (stream == os::OutputStream::kOut ? out_ : err_).add(bytes);
                    if (stream == os::OutputStream::kErr && !bytes.empty()) {
                        end_.err_is_mid_line = bytes.back() != '\n';
                    }
                    worker_->add_output(stream, bytes);
                },
            .ended =
                [this](const os::ProgramEnd& program) {
                    end_.program = program;
                    record_end();
                }};
}

void ProgramRun::run(const event::Owner& owner) {
    begun_ms_ = now_ms();
    begun_at_ = system_clock().now();
    os::ProgramSpec program = spec_.program;
    prepare_files(program);
    Result<os::ProgramEnd> ended = os::run_program(program, host(owner));
    if (!ended) {
        end_.not_started = std::move(ended).error();
        return record_end();
    }
    end_.program = *std::move(ended);
    if (end_.program->output_error) notes_.warn(end_.program->output_error->message());
    if (end_.program->left_open) {
        notes_.remark(
            "the program has ended, but processes that it started still hold its output: "
            "what they write from now on is lost");
    }
    if (end_.program->left_alive > 0) {
        notes_.warn(
            fmt::format("--timeout: {} of the program's processes have not ended, although "
                        "they were sent SIGKILL",
                        end_.program->left_alive));
    }
}

void ProgramRun::keep_files() {
    if (!end_.program) return;
    for (const auto& [type, kept] : {std::pair("stdout", &out_), {"stderr", &err_}}) {
        const Status stored = keep_output(recorder_, directory_, type, *kept);
        if (!stored) notes_.warn(fmt::format("{} is not kept: {}", type, stored.error().message()));
    }
    const auto is_there = os::exists(metrics_file_);
    if (!metrics_file_.empty() && is_there && *is_there) {
        const Status kept = keep_file(recorder_, metrics_file_, "metrics");
        if (!kept) notes_.warn(kept.error().message());
    }
    keep_matching(recorder_, spec_.artifacts, spec_.copy_artifacts, begun_at_, notes_);
}

std::string ProgramRun::summary() const {
    if (!end_.program) return "{}";
    const os::ProgramEnd& program = *end_.program;
    std::string json = fmt::format(
        R"({{"exit_code":{},"duration_ms":{},"user_ms":{},"system_ms":{},"peak_bytes":{},)"
        R"("read_bytes":{},"written_bytes":{},"context_switches":{},"stdout_bytes":{},)"
        R"("stderr_bytes":{},"reports":{})",
        program.exit_code, end_.duration_ms, program.use.user_ms, program.use.system_ms,
        program.use.peak_bytes, program.use.read_bytes, program.use.written_bytes,
        program.use.context_switches, out_.bytes(), err_.bytes(), reports_.recorded());
    if (program.signal != 0) {
        json += fmt::format(R"(,"signal":"{}")", os::signal_name(program.signal));
    }
    if (reports_.refused() > 0) json += fmt::format(R"(,"reports_refused":{})", reports_.refused());
    if (recorder_.lost() > 0) json += fmt::format(R"(,"events_dropped":{})", recorder_.lost());
    return json + "}";
}

// How it ended, and why.
void ProgramRun::judge() {
    end_.status = "failed";
    if (!end_.program) {
        const bool was_cancelled = end_.not_started->code() == ErrorCode::kCancelled;
        if (was_cancelled) end_.status = "cancelled";
        end_.reason = end_.not_started->message();
        return;
    }
    const os::ProgramEnd& program = *end_.program;
    const std::string how = program.signal != 0 ? "killed by " + os::signal_name(program.signal)
                                                : fmt::format("exit code {}", program.exit_code);
    if (program.timed_out) {
        end_.reason = fmt::format("timed out after {} ms: {}", spec_.program.timeout_ms, how);
    } else if (program.exit_code == 0) {
        end_.status = "completed";
    } else if (program.stopped_by != 0) {
        end_.status = "cancelled";
        end_.reason = fmt::format("stopped by {}: {}", os::signal_name(program.stopped_by), how);
    } else {
        if (asks_to_stop(program.signal)) end_.status = "cancelled";
        end_.reason = how;
    }
}

// Whoever reads the program's output may still be reading.
void ProgramRun::record_end() {
    end_.duration_ms = now_ms() - begun_ms_;
    heartbeat_.reset();
    sync_.reset();
    if (worker_) worker_->finish();
    keep_files();
    judge();
    end_.summary = summary();
    const Json told{end_.summary};
    if (end_.status == "completed") {
        recorder_.emit(event::RunCompleted{.summary = told, .artifact_paths = {}});
    } else if (end_.status == "cancelled") {
        const Field extra[] = {{"summary", told}};
        recorder_.emit(
            event::RunCancelled{.reason = end_.reason, .extra = std::span<const Field>(extra)});
    } else {
        const std::string_view kind = !end_.program               ? "not_started"
                                      : end_.program->timed_out   ? "timeout"
                                      : end_.program->signal != 0 ? "signal"
                                                                  : "exit_code";
        recorder_.emit(
            event::RunFailed{.error = {.message = end_.reason, .kind = kind}, .summary = told});
    }
    recorder_.sync();
}

}  // namespace

ProgramRunEnd record_program(RunRecorder& recorder, RunNotes& notes, const ProgramRunSpec& spec,
                             const event::Owner& owner,
                             const std::optional<event::Environment>& environment) {
    ProgramRun run(recorder, notes, spec);
    const Status created = run.create(environment);
    if (created) {
        run.run(owner);
    } else {
        run.refuse(created.error());
    }
    notes.finish();
    return std::move(run).take();
}

}  // namespace daybook::cli
