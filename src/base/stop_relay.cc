#include "base/stop_relay.h"

#include <chrono>
#include <utility>

namespace daybook {
namespace {

constexpr auto kLookInterval = std::chrono::milliseconds(20);

}  // namespace

StopRelay::StopRelay(std::function<bool()> keep_on, std::function<void()> stop)
    : keep_on_(std::move(keep_on)), stop_(std::move(stop)) {
    if (keep_on_) thread_ = std::thread([this] { run(); });
}

StopRelay::~StopRelay() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    ended_.notify_one();
    thread_.join();
}

void StopRelay::run() {
    std::unique_lock lock(mutex_);
    while (!is_over_) {
        lock.unlock();
        if (!keep_on_()) stop_();
        lock.lock();
        ended_.wait_for(lock, kLookInterval, [this] { return is_over_; });
    }
}

}  // namespace daybook
