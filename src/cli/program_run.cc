#include "cli/program_run.h"

#include <glob.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "ledger/artifact_layout.h"
#include "base/clock.h"
#include "cli/kept_output.h"
#include "cli/report_lines.h"
#include "ledger/artifact_facts.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

// So many notes are told; of more only their number.
constexpr std::size_t kNotesMax = 20;

class ProgramRun {
public:
    ProgramRun(ledger::EventLog& log, const ProgramRunSpec& spec)
        : log_(log),
          spec_(spec),
          events_(spec.run_id),
          reports_([this](std::string_view json) { record(json); }),
          out_(spec.output_bytes_max),
          err_(spec.output_bytes_max) {}

    Status start(const event::Owner& owner, const std::optional<event::Environment>& environment);
    Status run();
    Status end();
    ProgramRunEnd take() && {
        if (notes_ > kNotesMax) {
            end_.notes.push_back(fmt::format("{} more", notes_ - kNotesMax));
        }
        return std::move(end_);
    }

private:
    Status emit(const event::Payload& payload) {
        ASSIGN_OR_RETURN(const event::Receipt receipt, log_.emit(spec_.run_id, payload));
        (void)receipt;
        return {};
    }
    void note(std::string text) {
        if (++notes_ <= kNotesMax) end_.notes.push_back(std::move(text));
    }

    void pass_on(os::OutputStream stream, std::string_view bytes);
    void record(std::string_view report);
    Status keep_output(std::string_view type, const KeptOutput& kept);
    Status keep_artifacts();
    Status add_artifact(const std::string& path, std::string_view type);
    Status emit_end();
    std::string summary() const;

    ledger::EventLog& log_;
    const ProgramRunSpec& spec_;
    ReportEvents events_;
    ReportLines reports_;
    KeptOutput out_;
    KeptOutput err_;
    std::int64_t begun_ns_ = 0;
    std::int64_t ended_ns_ = 0;
    std::int64_t reported_ = 0;
    std::size_t notes_ = 0;
    ProgramRunEnd end_;
};

Status ProgramRun::start(const event::Owner& owner,
                         const std::optional<event::Environment>& environment) {
    std::vector<Field> tags;
    for (const auto& [key, value] : spec_.tags) tags.push_back({key, std::string_view(value)});
    RETURN_IF_ERROR(
        emit(event::RunCreated{.run_type = spec_.run_type,
                               .config = Json{spec_.config_json},
                               .data_fingerprint = "",
                               .name = spec_.name,
                               .experiment = spec_.experiment,
                               .parent_run_id = spec_.parent_run_id,
                               .tags = tags.empty() ? std::nullopt : std::optional<Fields>(tags),
                               .environment = environment}));
    if (spec_.on_created) spec_.on_created();
    return emit(event::RunStarted{.owner = owner});
}

// A terminal that has gone stops neither the program nor its record.
void ProgramRun::pass_on(os::OutputStream stream, std::string_view bytes) {
    const bool is_out = stream == os::OutputStream::kOut;
    (void)os::write_all(is_out ? STDOUT_FILENO : STDERR_FILENO, bytes,
                        is_out ? "standard output" : "standard error");
    (is_out ? out_ : err_).add(bytes);
    if (is_out) reports_.add(bytes);
}

void ProgramRun::record(std::string_view report) {
    const Result<std::string> event = events_.event_of(report);
    if (!event) return note("daybook: line: " + event.error().message());
    const auto recorded = log_.emit_json(*event);
    if (!recorded) return note("daybook: line: " + recorded.error().message());
    ++reported_;
}

Status ProgramRun::run() {
    begun_ns_ = system_clock().monotonic_ns();
    const os::ProgramSpec program{
        .argv = spec_.argv,
        .environment = {{"DAYBOOK_LEDGER", spec_.ledger_dir}, {"DAYBOOK_RUN_ID", spec_.run_id}}};
    const auto ended = os::run_program(
        program,
        [this](os::OutputStream stream, std::string_view bytes) { pass_on(stream, bytes); });
    ended_ns_ = system_clock().monotonic_ns();
    if (!ended) {
        (void)emit(
            event::RunFailed{.error = {.message = ended.error().message(), .kind = "not_started"}});
        return fail(ended.error());
    }
    reports_.finish();
    end_.program = *ended;
    return {};
}

Status ProgramRun::add_artifact(const std::string& path, std::string_view type) {
    ASSIGN_OR_RETURN(const ledger::ArtifactFacts facts, ledger::artifact_facts(log_.dir(), path));
    return emit(event::ArtifactCreated{.artifact_type = type,
                                       .artifact_path = facts.path,
                                       .size_bytes = facts.size_bytes,
                                       .sha256 = facts.sha256,
                                       .format = facts.format});
}

Status ProgramRun::keep_output(std::string_view type, const KeptOutput& kept) {
    if (kept.bytes() == 0) return {};
    ASSIGN_OR_RETURN(const std::string directory, ledger::run_directory(spec_.run_id));
    const std::string folder = os::join_path(spec_.ledger_dir, directory);
    RETURN_IF_ERROR(os::make_dirs(folder));
    const std::string path = os::join_path(folder, fmt::format("{}.log", type));
    RETURN_IF_ERROR(os::write_file_atomic(path, kept.text()));
    return add_artifact(path, type);
}

// A pattern without a match is worth a word: the program may have failed to write it.
Status ProgramRun::keep_artifacts() {
    for (const std::string& pattern : spec_.artifacts) {
        glob_t found{};
        const int code = ::glob(pattern.c_str(), GLOB_MARK | GLOB_TILDE, nullptr, &found);
        if (code != 0) note(fmt::format("--artifact {}: no file matches", pattern));
        for (std::size_t i = 0; code == 0 && i < found.gl_pathc; ++i) {
            const std::string path = found.gl_pathv[i];
            if (path.ends_with('/')) continue;
            const Status added = add_artifact(path, "file");
            if (!added) note(added.error().message());
        }
        ::globfree(&found);
    }
    return {};
}

std::string ProgramRun::summary() const {
    const os::ProgramEnd& program = end_.program;
    return fmt::format(
        R"({{"exit_code":{},"signal":{},"duration_ms":{},"user_ms":{},"system_ms":{},)"
        R"("peak_bytes":{},"read_bytes":{},"written_bytes":{},"context_switches":{},)"
        R"("stdout_bytes":{},"stderr_bytes":{},"reports":{},"reports_refused":{}}})",
        program.exit_code, program.signal != 0 ? std::to_string(program.signal) : "null",
        (ended_ns_ - begun_ns_) / 1'000'000, program.use.user_ms, program.use.system_ms,
        program.use.peak_bytes, program.use.read_bytes, program.use.written_bytes,
        program.use.context_switches, out_.bytes(), err_.bytes(), reported_, notes_);
}

Status ProgramRun::emit_end() {
    const os::ProgramEnd& program = end_.program;
    const std::string told = summary();
    if (program.exit_code == 0) {
        return emit(event::RunCompleted{.summary = Json{told}, .artifact_paths = {}});
    }
    if (program.stopped_by != 0) {
        const std::string reason = fmt::format("stopped by {}", ::sigabbrev_np(program.stopped_by));
        const Field extra[] = {{"summary", Json{told}}};
        return emit(event::RunCancelled{.reason = reason, .extra = std::span<const Field>(extra)});
    }
    const std::string message = program.signal != 0
                                    ? fmt::format("killed by {}", ::sigabbrev_np(program.signal))
                                    : fmt::format("exit code {}", program.exit_code);
    return emit(event::RunFailed{
        .error = {.message = message, .kind = program.signal != 0 ? "signal" : "exit_code"},
        .summary = Json{told}});
}

// What cannot be kept must not hide how the program ended.
Status ProgramRun::end() {
    for (const auto& [type, kept] : {std::pair("stdout", &out_), {"stderr", &err_}}) {
        if (Status stored = keep_output(type, *kept); !stored) note(stored.error().message());
    }
    RETURN_IF_ERROR(keep_artifacts());
    return emit_end();
}

}  // namespace

Result<ProgramRunEnd> record_program(ledger::EventLog& log, const ProgramRunSpec& spec,
                                     const event::Owner& owner,
                                     const std::optional<event::Environment>& environment) {
    ProgramRun run(log, spec);
    RETURN_IF_ERROR(run.start(owner, environment));
    RETURN_IF_ERROR(run.run());
    RETURN_IF_ERROR(run.end());
    return std::move(run).take();
}

}  // namespace daybook::cli
