#include "server/stop_deadline.h"

#include "os/stop_signals.h"

namespace daybook::server {

StopDeadline::StopDeadline(std::chrono::milliseconds time, int exit_code)
    : thread_([this, time, exit_code] {
          std::unique_lock lock(mutex_);
          if (!changed_.wait_for(lock, time, [this] { return met_; })) os::end_process(exit_code);
      }) {}

StopDeadline::~StopDeadline() {
    {
        const std::lock_guard lock(mutex_);
        met_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

}  // namespace daybook::server
