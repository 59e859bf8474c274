#include "cli/record_sync.h"

#include <chrono>

#include "base/limits.h"
#include "os/process.h"

namespace daybook::cli {

RecordSync::RecordSync(RunRecorder& recorder) : recorder_(recorder), thread_([this] { run(); }) {}

RecordSync::~RecordSync() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void RecordSync::run() {
    os::block_signals();
    constexpr std::chrono::milliseconds kPause(kBackgroundSyncMsMax);
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kPause, [this] { return is_ending_; })) {
        lock.unlock();
        recorder_.sync();
        lock.lock();
    }
}

}  // namespace daybook::cli
