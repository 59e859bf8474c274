// A ledger of a test's own, and what was recorded in it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run_recorder.h"
#include "ledger/emitter.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "support/log_lines.h"
#include "support/temp_dir.h"

namespace daybook::cli {

class TestRunLedger {
public:
    const std::string& root() const { return dir_.path(); }
    RunRecorder& recorder() { return recorder_; }
    RunNotes& notes() { return notes_; }
    const std::vector<std::string>& told() const { return told_; }

    std::string file(const std::string& name, std::string_view bytes) const {
        const std::string path = os::join_path(dir_.path(), name);
        if (!os::write_file_atomic(path, bytes)) std::abort();
        return path;
    }
    std::vector<std::string> lines() const { return testing::log_lines(root()); }
    // How many lines of the log have the text.
    std::size_t lines_with(std::string_view text) const {
        const std::vector<std::string> all = lines();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(),
                          [&](const auto& line) { return line.find(text) != std::string::npos; }));
    }

private:
    testing::TempDir dir_;
    std::vector<std::string> told_;
    RunNotes notes_{[this](std::string_view text) { told_.emplace_back(text); }, false};
    std::unique_ptr<ledger::Emitter> emitter_ =
        ledger::Emitter::open(
            ledger::LedgerDir(dir_.path()),
            {.log = {.background = false,
                     .on_warning = [this](std::string_view text) { notes_.warn(text); }},
             .policy = FailurePolicy::kKeep,
             .return_invalid = true})
            .value();
    RunRecorder recorder_{*emitter_, "r", notes_};
};

}  // namespace daybook::cli
