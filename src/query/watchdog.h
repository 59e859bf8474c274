// Ends a query that takes too long.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace daybook::query {

// Calls `on_timeout`, again and again until it is disarmed, once `time_ms_max` have passed since
// arm().  Thread-safe.
class Watchdog {
public:
    // 0 milliseconds: it never barks and has no thread.
    Watchdog(std::int64_t time_ms_max, std::function<void()> on_timeout);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void arm();
    void disarm();

private:
    void watch();

    std::int64_t time_ms_max_;
    std::function<void()> on_timeout_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool armed_ = false;
    bool stopping_ = false;
    std::int64_t deadline_ns_ = 0;
    std::thread thread_;
};

}  // namespace daybook::query
