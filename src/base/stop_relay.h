// Passes a wish to stop on to something that has to be told.
//
//     const StopRelay relay(keep_on, [&] { connection.interrupt(); });
//
// For work that cannot ask by itself, such as a statement of DuckDB.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace daybook {

class StopRelay {
public:
    // While it lives, `keep_on` is asked every few hundredths of a second, and `stop` is called
    // each time that it says no: again and again, since the first call may come before there is
    // anything to stop.  Both from a thread of their own.  Without `keep_on` nothing is done.
    StopRelay(std::function<bool()> keep_on, std::function<void()> stop);
    // Returns at once; from then on neither is called.
    ~StopRelay();
    StopRelay(const StopRelay&) = delete;
    StopRelay& operator=(const StopRelay&) = delete;

private:
    void run();

    std::function<bool()> keep_on_;
    std::function<void()> stop_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace daybook
