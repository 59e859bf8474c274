// A stop that takes too long is ended: the process goes as if it had been killed, which costs
// nothing that is on disk.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace daybook::server {

// While it lives, time runs out; destroyed in time, nothing happens.
class StopDeadline {
public:
    StopDeadline(std::chrono::milliseconds time, int exit_code);
    ~StopDeadline();
    StopDeadline(const StopDeadline&) = delete;
    StopDeadline& operator=(const StopDeadline&) = delete;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool met_ = false;
    std::thread thread_;
};

}  // namespace daybook::server
