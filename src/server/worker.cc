#include "server/worker.h"

#include <utility>

#include "base/check.h"

namespace daybook::server {

Worker::Worker(std::function<void()> on_done)
    : on_done_(std::move(on_done)), thread_([this] { run(); }) {}

Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        changed_.notify_all();
    }
    thread_.join();
}

void Worker::start(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    DAYBOOK_CHECK(!work_);
    work_ = std::move(work);
    changed_.notify_all();
}

bool Worker::busy() const {
    const std::lock_guard lock(mutex_);
    return static_cast<bool>(work_);
}

void Worker::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stop_ || work_; });
        if (!work_) return;
        lock.unlock();
        work_();  // Nobody touches it while the worker is busy.
        lock.lock();
        work_ = nullptr;
        lock.unlock();
        on_done_();
        lock.lock();
    }
}

}  // namespace daybook::server
