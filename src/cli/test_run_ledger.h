// A ledger of a test's own, and what was recorded in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/run_recorder.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
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
    // How many lines of the log have the text.
    std::size_t lines_with(std::string_view text) const {
        std::size_t count = 0;
        const std::vector<os::DirEntry> days = os::list_dir(dir_.path() + "/events").value();
        for (const os::DirEntry& day : days) {
            if (!day.is_directory) continue;
            const std::string folder = dir_.path() + "/events/" + day.name;
            const std::vector<os::DirEntry> parts = os::list_dir(folder).value();
            for (const os::DirEntry& part : parts) {
                const std::string bytes =
                    os::read_file(folder + "/" + part.name, std::size_t{64} << 20).value();
                for (std::size_t at = bytes.find(text); at != std::string::npos;
                     at = bytes.find(text, at + 1)) {
                    ++count;
                }
            }
        }
        return count;
    }

private:
    testing::TempDir dir_;
    std::unique_ptr<ledger::EventLog> log_ =
        ledger::EventLog::open(ledger::LedgerDir(dir_.path()), {.background = false}).value();
    std::vector<std::string> told_;
    RunNotes notes_{[this](std::string_view text) { told_.emplace_back(text); }, false};
    RunRecorder recorder_{log_.get(), "r", notes_};
};

}  // namespace daybook::cli
