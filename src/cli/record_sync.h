// Syncs what a run records from a thread: a disk that does not answer then holds up neither
// signals, which are to reach the run's program, nor a timeout.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/run_recorder.h"

namespace daybook::cli {

class RecordSync {
public:
    // What is recorded survives a loss of power a second later at most, and what the ledger refuses
    // is tried again every second.  `recorder` must outlive it.
    explicit RecordSync(RunRecorder& recorder);
    // Waits for a sync that is under way.
    ~RecordSync();
    RecordSync(const RecordSync&) = delete;
    RecordSync& operator=(const RecordSync&) = delete;

private:
    void run();

    RunRecorder& recorder_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_ending_ = false;
    std::thread thread_;  // the last member: it uses the others
};

}  // namespace daybook::cli
