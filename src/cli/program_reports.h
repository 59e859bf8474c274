// What a program reports while it runs, whichever way, as events of its run.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/metrics_file.h"
#include "cli/report_lines.h"
#include "cli/run_recorder.h"
#include "os/program.h"

namespace daybook::cli {

// Output may come from one thread while another looks at the file.  Not to be moved: it hands out
// its own address.
class ProgramReports {
public:
    ProgramReports(RunRecorder& recorder, RunNotes& notes);
    ProgramReports(const ProgramReports&) = delete;
    ProgramReports& operator=(const ProgramReports&) = delete;

    // Looks for reports in this file, too.
    Status follow(const std::string& metrics_file);

    void add_output(os::OutputStream stream, std::string_view bytes);
    void look_at_file();
    // The program has ended: a last look everywhere.
    void finish();

    std::uint64_t recorded() const { return recorded_; }
    std::uint64_t refused() const { return refused_; }

private:
    void record(std::string_view json, std::string_view where, std::uint64_t line);
    void refuse_long(std::string_view where, std::uint64_t line);

    RunRecorder& recorder_;
    RunNotes& notes_;
    std::mutex mutex_;  // of all that follows
    ReportEvents events_;
    ReportLines out_;
    ReportLines err_;
    std::optional<MetricsFile> file_{};
    std::uint64_t recorded_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace daybook::cli
