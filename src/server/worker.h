// One thread for long work, so that the loop always turns.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace daybook::server {

// start() and busy() are for one thread, the loop's.
class Worker {
public:
    // `on_done` is called from the worker's thread after each piece of work.
    explicit Worker(std::function<void()> on_done);
    // Waits for the work under way.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Does `work` in the worker's thread; it must not be busy.  What the work has written may be
    // read once busy() is false.
    void start(std::function<void()> work);
    bool busy() const;

private:
    void run();

    std::function<void()> on_done_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> work_;  // empty: nothing to do
    bool stop_ = false;
    std::thread thread_;  // the last member: it uses the others
};

}  // namespace daybook::server
