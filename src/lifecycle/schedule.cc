#include "lifecycle/schedule.h"

#include <algorithm>

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kMinuteNs = std::int64_t{60} * 1'000'000'000;
constexpr std::int64_t kFirstNsMax = kMinuteNs;
constexpr std::int64_t kFirstOfManyNsMax = 10 * kMinuteNs;
constexpr std::int64_t kSeldom = 24;
constexpr int kDoublingsMax = 16;

// Where it costs little to find that there is nothing to do.
bool is_frequent(Task task) { return task == Task::kArchive || task == Task::kTrash; }

}  // namespace

std::string_view to_string(Task task) {
    switch (task) {
        case Task::kArchive: return "archive";
        case Task::kRetain: return "retain";
        case Task::kCollect: return "gc";
        case Task::kTrash: return "trash";
    }
    return "";
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::kDone: return "done";
        case Outcome::kIdle: return "idle";
        case Outcome::kBusy: return "busy";
        case Outcome::kStopped: return "stopped";
        case Outcome::kFailed: return "failed";
    }
    return "";
}

void note(TaskTimes& times, Outcome outcome, std::int64_t now_ns) {
    times.ended_ns = now_ns;
    const bool went_well = outcome == Outcome::kDone || outcome == Outcome::kIdle;
    times.failures = went_well ? 0 : times.failures + 1;
}

std::int64_t Schedule::period(Task task) const {
    return is_frequent(task) ? period_ns : kSeldom * period_ns;
}

std::int64_t Schedule::next_at(Task task, const TaskTimes& times) const {
    const std::int64_t usual_ns = period(task);
    if (!times.ended_ns) {
        const std::int64_t most = is_frequent(task) ? kFirstNsMax : kFirstOfManyNsMax;
        return begun_ns + std::min(usual_ns, most);
    }
    if (times.failures == 0) return *times.ended_ns + usual_ns;
    const int doublings = std::min(times.failures - 1, kDoublingsMax);
    return *times.ended_ns + std::min(kMinuteNs << doublings, usual_ns);
}

}  // namespace daybook::lifecycle
