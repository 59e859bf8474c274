#include "crash/storm.h"

#include <poll.h>

#include <chrono>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "crash/writer_process.h"

namespace daybook::testing {
namespace {

// One of the plan's writers: a process at a time, another one after each kill.
class StormWriter {
public:
    StormWriter(const StormPlan& plan, std::string directory, int number)
        : plan_(&plan), directory_(std::move(directory)), number_(number) {}

    WriterProcess& process() { return process_; }
    bool done() const { return process_.acknowledged() == plan_->events_each; }

    void start(std::mt19937_64& random, StormOutcome& outcome) {
        WriterOrder order{.via = plan_->via,
                          .load = plan_->load,
                          .directory = directory_,
                          .name = fmt::format("{}.{}", number_, attempt_++),
                          .first = process_.acknowledged() + 1,
                          .last = plan_->events_each};
        if (!plan_->kill_points.empty() && random() % 4 == 0) {
            order.kill_at =
                fmt::format("{}:{}", plan_->kill_points[random() % plan_->kill_points.size()],
                            1 + random() % 4);
        }
        process_.start(order, outcome);
    }

private:
    const StormPlan* plan_;
    std::string directory_;
    int number_;
    int attempt_ = 0;
    WriterProcess process_;
};

class Storm {
public:
    Storm(const std::string& directory, const StormPlan& plan) : plan_(plan), random_(plan.seed) {
        for (int i = 0; i < plan.writers; ++i) running_.emplace_back(plan, directory, i);
    }

    StormOutcome run() {
        for (StormWriter& writer : running_) writer.start(random_, outcome_);
        draw_next_kill();
        while (!running_.empty() && outcome_.failures == 0) {
            listen();
            if (running_.empty()) break;
            if (outcome_.kills < plan_.kills_max) {
                if (std::chrono::steady_clock::now() < kill_at_) continue;
                running_[random_() % running_.size()].process().kill();
                draw_next_kill();
            } else if (plan_.events_each == kEndless && !std::exchange(ending_, true)) {
                for (StormWriter& writer : running_) writer.process().kill();
            }
        }
        return std::move(outcome_);
    }

private:
    void draw_next_kill() {
        kill_at_ = std::chrono::steady_clock::now() +
                   std::chrono::microseconds(plan_.kill_interval_us == 0
                                                 ? 3'600'000'000
                                                 : 1 + random_() % plan_.kill_interval_us);
    }

    void listen() {
        std::vector<pollfd> polled;
        for (StormWriter& writer : running_) {
            polled.push_back({.fd = writer.process().report_fd(), .events = POLLIN, .revents = 0});
        }
        if (::poll(polled.data(), polled.size(), 1) < 0) return;
        for (std::size_t i = running_.size(); i-- > 0;) {
            StormWriter& writer = running_[i];
            if (polled[i].revents == 0 || writer.process().read_reports(outcome_)) continue;
            writer.process().bury(outcome_);
            if (ending_ || writer.done()) {
                running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
            } else if (outcome_.failures == 0) {
                writer.start(random_, outcome_);
            }
        }
    }

    const StormPlan& plan_;
    std::mt19937_64 random_;
    std::vector<StormWriter> running_;
    StormOutcome outcome_;
    std::chrono::steady_clock::time_point kill_at_;
    bool ending_ = false;
};

}  // namespace

StormOutcome run_storm(const std::string& directory, const StormPlan& plan) {
    return Storm(directory, plan).run();
}

}  // namespace daybook::testing
