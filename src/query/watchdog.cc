#include "query/watchdog.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"

namespace daybook::query {

Watchdog::Watchdog(std::int64_t time_ms_max, std::function<void()> on_timeout)
    : time_ms_max_(time_ms_max), on_timeout_(std::move(on_timeout)) {
    if (time_ms_max_ > 0) thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Watchdog::arm() {
    const std::lock_guard lock(mutex_);
    armed_ = true;
    deadline_ns_ = system_clock().monotonic_ns() + time_ms_max_ * 1'000'000;
    changed_.notify_all();
}

void Watchdog::disarm() {
    const std::lock_guard lock(mutex_);
    armed_ = false;
}

void Watchdog::watch() {
    // An interrupt that falls between two statements is lost; so it is repeated.
    constexpr std::int64_t kAgainNs = 20'000'000;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!armed_) {
            changed_.wait(lock);
            continue;
        }
        const std::int64_t left = deadline_ns_ - system_clock().monotonic_ns();
        if (left <= 0) on_timeout_();
        changed_.wait_for(lock, std::chrono::nanoseconds(std::max(left, kAgainNs)));
    }
}

}  // namespace daybook::query
