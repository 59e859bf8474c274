#include "cli/program_reports.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "ledger/artifact_facts.h"

namespace daybook::cli {

ProgramReports::ProgramReports(RunRecorder& recorder, RunNotes& notes)
    : recorder_(recorder),
      notes_(notes),
      events_(recorder.run_id(),
              [&recorder](const std::string& path) -> Result<ledger::ArtifactFacts> {
                  return ledger::artifact_facts(recorder.ledger_dir(), path);
              }),
      out_([this](auto json, auto line) { record(json, "stdout", line); },
           [this](auto line) { refuse_long("stdout", line); }),
      err_([this](auto json, auto line) { record(json, "stderr", line); },
           [this](auto line) { refuse_long("stderr", line); }) {}

Status ProgramReports::follow(const std::string& metrics_file) {
    ASSIGN_OR_RETURN(file_, MetricsFile::follow(metrics_file, [this](auto json, auto line) {
                         record(json, file_->path(), line);
                     }));
    return {};
}

void ProgramReports::add_output(os::OutputStream stream, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    (stream == os::OutputStream::kOut ? out_ : err_).add(bytes);
}

void ProgramReports::look_at_file() {
    const std::lock_guard lock(mutex_);
    if (!file_) return;
    if (const Status read = file_->read(); !read) notes_.remark(read.error().message());
}

void ProgramReports::finish() {
    const std::lock_guard lock(mutex_);
    out_.finish();
    err_.finish();
    if (!file_) return;
    if (const Status read = file_->finish(); !read) notes_.remark(read.error().message());
}

void ProgramReports::record(std::string_view json, std::string_view where, std::uint64_t line) {
    const Result<std::string> event = events_.event_of(json);
    Status recorded = event ? recorder_.emit_json(*event) : Status(fail(event.error()));
    if (recorded) {
        ++recorded_;
        events_.note_recorded();
        return;
    }
    ++refused_;
    notes_.remark(fmt::format("{} line {}: {}", where, line, recorded.error().message()));
}

void ProgramReports::refuse_long(std::string_view where, std::uint64_t line) {
    ++refused_;
    notes_.remark(fmt::format("{} line {}: the report is longer than {} bytes, the limit", where,
                              line, kLineBytesMax));
}

}  // namespace daybook::cli
