// The daemon's maintenance: a thread of its own, so that whatever takes hours keeps no event from
// being indexed.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "lifecycle/maintain.h"
#include "server/board.h"
#include "server/daemon_log.h"
#include "server/options.h"
#include "server/worker.h"

namespace daybook::server {

// turn() is for one thread, the loop's.
class Maintainer {
public:
    struct Surroundings {
        MaintenanceOptions options;
        Board& board;
        const DaemonLog& log;
        const Clock& clock;
        // Called from the thread of maintenance when a task has ended: turn() is due.
        std::function<void()> wake;
        std::function<lifecycle::Deed(lifecycle::Task, lifecycle::Pace&)> perform;
    };
    // Logs what will be done, and within which limits.
    explicit Maintainer(Surroundings around);
    // Cancels the task under way, and waits for it.
    ~Maintainer();
    Maintainer(const Maintainer&) = delete;
    Maintainer& operator=(const Maintainer&) = delete;

    // Notes what has ended, begins what is due, and returns when to be called again if nothing
    // ends.
    Nanoseconds turn(Nanoseconds now);
    // Whatever is under way gives up as soon as it can; nothing begins any more.
    void cancel();

private:
    void collect(Nanoseconds now);
    void report(lifecycle::Task task, const lifecycle::Deed& deed, double seconds);
    void start(lifecycle::Task task, Nanoseconds now);
    bool rest(Nanoseconds time);
    bool cancelled();

    Surroundings around_;
    lifecycle::Schedule schedule_;
    std::array<lifecycle::TaskTimes, lifecycle::kTasks.size()> times_{};     // by Task
    std::array<std::vector<std::string>, lifecycle::kTasks.size()> told_{};  // notes, by Task
    lifecycle::Pace pace_;

    std::mutex mutex_;
    std::condition_variable cancelled_changed_;
    bool cancelled_ = false;

    // Of the task under way.
    std::optional<lifecycle::Task> working_;
    Nanoseconds begun_at_ = 0;
    lifecycle::Deed deed_;
    Worker worker_;  // the last member: its work uses the others
};

}  // namespace daybook::server
