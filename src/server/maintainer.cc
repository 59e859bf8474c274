#include "server/maintainer.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace daybook::server {
namespace {

std::size_t index_of(lifecycle::Task task) { return static_cast<std::size_t>(task); }

std::string rate_text(std::uint64_t bytes_per_second) {
    return fmt::format("{:.6g} MB/s", static_cast<double>(bytes_per_second) / 1e6);
}

std::string describe(const MaintenanceOptions& options) {
    constexpr double kHourMs = 3'600'000;
    const lifecycle::PaceLimits& pace = options.pace;
    std::string text = fmt::format(
        "days are archived {:.6g} hours after their end; every {:.6g} s, with {:.4g}% of a "
        "processor",
        static_cast<double>(options.tasks.archive_after_ms) / kHourMs, options.period_seconds,
        pace.time_share * 100);
    if (pace.bytes_per_second > 0) {
        text += fmt::format(", at most {}", rate_text(pace.bytes_per_second));
    }
    if (pace.pause_above > 0) {
        text +=
            fmt::format(", not while the log grows faster than {}", rate_text(pace.pause_above));
    }
    return text;
}

}  // namespace

Maintainer::Maintainer(Surroundings around)
    : around_(std::move(around)),
      schedule_{.begun_ns = around_.clock.monotonic_ns(),
                .period_ns = static_cast<Nanoseconds>(around_.options.period_seconds * 1e9)},
      pace_(around_.options.pace,
            {.clock = around_.clock,
             .appended = [this] { return around_.board.appended_bytes.load(); },
             .rest = [this](Nanoseconds time) { return rest(time); }}),
      worker_(around_.wake) {
    around_.board.update([](Stats& stats) { stats.maintenance.emplace(); });
    around_.log.info("maintenance: {}", describe(around_.options));
}

Maintainer::~Maintainer() { cancel(); }

void Maintainer::cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    cancelled_changed_.notify_all();
}

bool Maintainer::cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
}

bool Maintainer::rest(Nanoseconds time) {
    const double paused = static_cast<double>(pace_.paused_ns()) / 1e9;
    around_.board.update([&](Stats& stats) { stats.maintenance->paused_seconds = paused; });
    std::unique_lock lock(mutex_);
    return !cancelled_changed_.wait_for(lock, std::chrono::nanoseconds(time),
                                        [this] { return cancelled_; });
}

void Maintainer::report(lifecycle::Task task, const lifecycle::Deed& deed, double seconds) {
    const std::string_view name = to_string(task);
    if (told_[index_of(task)] != deed.notes) {
        told_[index_of(task)] = deed.notes;
        for (const std::string& text : deed.notes) around_.log.warn("maintain {}: {}", name, text);
    }
    switch (deed.outcome) {
        case lifecycle::Outcome::kDone:
            around_.log.info("maintain {}: {}, {:.1f} s", name, deed.text, seconds);
            break;
        case lifecycle::Outcome::kIdle:
            around_.log.debug("maintain {}: nothing to do, {:.3f} s", name, seconds);
            break;
        case lifecycle::Outcome::kBusy:
            around_.log.info("maintain {}: put off: {}", name, deed.text);
            break;
        case lifecycle::Outcome::kStopped:
            around_.log.info("maintain {}: stopped on the way; the next daemon goes on", name);
            break;
        case lifecycle::Outcome::kFailed:
            around_.log.error("maintain {}: {}", name, deed.text);
            break;
    }
}

void Maintainer::collect(Nanoseconds now) {
    if (!working_ || worker_.busy()) return;
    const lifecycle::Task task = *std::exchange(working_, std::nullopt);
    const lifecycle::Deed deed = std::exchange(deed_, {});
    lifecycle::note(times_[index_of(task)], deed.outcome, now);
    const bool went_well =
        deed.outcome == lifecycle::Outcome::kDone || deed.outcome == lifecycle::Outcome::kIdle;
    const double seconds = static_cast<double>(now - begun_at_) / 1e9;
    around_.board.update([&](Stats& stats) {
        MaintenanceStats& maintenance = *stats.maintenance;
        TaskStats& counted = maintenance.tasks[index_of(task)];
        ++counted.outcomes[static_cast<std::size_t>(deed.outcome)];
        counted.bytes += deed.bytes;
        counted.seconds += seconds;
        if (went_well) {
            counted.last_success_at = static_cast<double>(around_.clock.now().value()) / 1e3;
        }
        maintenance.working.reset();
        maintenance.paused_seconds = static_cast<double>(pace_.paused_ns()) / 1e9;
    });
    report(task, deed, seconds);
}

void Maintainer::start(lifecycle::Task task, Nanoseconds now) {
    working_ = task;
    begun_at_ = now;
    around_.board.update([&](Stats& stats) { stats.maintenance->working = task; });
    worker_.start([this, task] { deed_ = around_.perform(task, pace_); });
}

Nanoseconds Maintainer::turn(Nanoseconds now) {
    constexpr Nanoseconds kNever = std::numeric_limits<Nanoseconds>::max();
    collect(now);
    // The worker says when it is done.
    if (working_ || cancelled()) return kNever;
    // What has been due for longest: nothing that is due all the time keeps others waiting.
    Nanoseconds next = kNever;
    lifecycle::Task first = lifecycle::Task::kArchive;
    for (const lifecycle::Task task : lifecycle::kTasks) {
        const Nanoseconds due = schedule_.next_at(task, times_[index_of(task)]);
        if (due >= next) continue;
        next = due;
        first = task;
    }
    if (next > now) return next;
    start(first, now);
    return kNever;
}

}  // namespace daybook::server
