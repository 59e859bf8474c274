// What maintenance is due when: a pure function of times of the clock that nobody can set.  Nothing
// of it is on disk (docs/decisions/0171-the-schedule-forgets.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::lifecycle {

// In the order in which they are begun when several are due.
enum class Task { kArchive, kRetain, kCollect, kTrash };
inline constexpr std::array kTasks = {Task::kArchive, Task::kRetain, Task::kCollect, Task::kTrash};
// "archive", "retain", "gc", "trash".
std::string_view to_string(Task task);

enum class Outcome {
    kDone,     // something was done
    kIdle,     // there was nothing to do
    kBusy,     // another process maintains the ledger
    kStopped,  // it was told to give up
    kFailed
};
inline constexpr std::array kOutcomes = {Outcome::kDone, Outcome::kIdle, Outcome::kBusy,
                                         Outcome::kStopped, Outcome::kFailed};
// "done", "idle", "busy", "stopped", "failed".
std::string_view to_string(Outcome outcome);

// What is known of a task.
struct TaskTimes {
    std::optional<std::int64_t> ended_ns{};  // the last time; unset: it has not been tried
    int failures = 0;                        // since it last went well; busy counts, too
};

// After each end of the task.
void note(TaskTimes& times, Outcome outcome, std::int64_t now_ns);

struct Schedule {
    std::int64_t begun_ns = 0;   // when the daemon began
    std::int64_t period_ns = 0;  // of archive and trash; retain and gc: every 24th time

    // How long after a task's end it is due again.
    std::int64_t period(Task task) const;
    // When it is due next: at first soon after the beginning, but not at once, so that a daemon
    // that is started again and again does other things, too; after a failure in a minute, two,
    // four …, but no later than it would be.
    std::int64_t next_at(Task task, const TaskTimes& times) const;
};

}  // namespace daybook::lifecycle
