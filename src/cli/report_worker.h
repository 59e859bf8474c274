// Reads a program's reports on a thread of its own: a report may name a file that takes a minute to
// hash, and neither signals nor a timeout are to wait for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "cli/program_reports.h"
#include "cli/run_recorder.h"
#include "os/program.h"

namespace daybook::cli {

class ReportWorker {
public:
    // Looks at the file of metrics four times a second.  Both must outlive it.
    ReportWorker(ProgramReports& reports, RunNotes& notes);
    ~ReportWorker() { finish(); }
    ReportWorker(const ReportWorker&) = delete;
    ReportWorker& operator=(const ReportWorker&) = delete;

    // Waits only while much is waiting already.
    void add_output(os::OutputStream stream, std::string_view bytes);
    // The program has ended: a last look everywhere.  After an interrupt (os/interrupt.h) what is
    // left is not read; that is told.
    void finish();

private:
    struct Block {
        os::OutputStream stream;
        std::string bytes;
    };

    void run();
    void read(const Block& block);

    ProgramReports& reports_;
    RunNotes& notes_;
    std::mutex mutex_;  // of these
    std::condition_variable changed_;
    std::deque<Block> queue_;
    std::size_t queued_bytes_ = 0;
    bool is_finishing_ = false;

    std::uint64_t unread_bytes_ = 0;  // the thread's
    std::thread thread_;              // the last member: it uses the others
};

}  // namespace daybook::cli
