// Histories of a small world: few runs, trials, phases, times and ids, so that events meet.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "log/line.h"

namespace daybook::testing {

// A number from 0 on, below its argument.
using Pick = std::function<std::uint64_t(std::uint64_t)>;

struct RandomEvents {
    std::uint64_t runs = 3;
    std::uint64_t times = 6;
    std::uint64_t ms_between_times = 1;
    std::string id_prefix{};
    // One event in so many has the id of an earlier one and says something else; 0: none.
    std::uint64_t conflict_in = 12;
    // One line in so many is no event; 0: none.
    std::uint64_t damage_in = 20;
};

// The events of a history, without newlines: some as Daybook writes them, some as other tools do.
class RandomHistory {
public:
    RandomHistory(Pick pick, const RandomEvents& world) : pick_(std::move(pick)), world_(world) {}

    std::vector<std::string> lines(std::size_t count) {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(line());
        return all;
    }

    std::string line() {
        if (world_.damage_in > 0 && pick_(world_.damage_in) == 1) {
            return one_of({"half a line {\"event_type\":", R"({"run_id":"run-0"})",
                           R"({"event_type":"trial.recorded","event_id":"x","timestamp_ms":1,)"
                           R"("run_id":"run-0","params":{}})"});
        }
        std::string text = event();
        if (pick_(3) == 1) return text;
        text.pop_back();
        log::append_trailer(text, 0, log::Seq(++seq_), log::Seq(0));
        text.pop_back();
        return text;
    }

private:
    std::string one_of(std::initializer_list<const char*> choices) {
        return choices.begin()[pick_(choices.size())];
    }
    bool maybe() { return pick_(2) == 1; }

    std::string event() {
        const bool conflicts = world_.conflict_in > 0 && ids_ > 0 && pick_(world_.conflict_in) == 1;
        const std::uint64_t id = conflicts ? pick_(ids_) : ids_++;
        const std::string type =
            one_of({"run.created",      "run.started",        "run.completed",   "run.failed",
                    "run.cancelled",    "run.interrupted",    "run.heartbeat",   "run.tagged",
                    "run.deleted",      "run.restored",       "run.environment", "phase.started",
                    "phase.started",    "phase.completed",    "phase.completed", "phase.failed",
                    "trial.recorded",   "trial.recorded",     "metric.recorded", "metric.recorded",
                    "artifact.created", "baseline.completed", "own.type"});
        const std::string run =
            pick_(25) == 1 ? std::string("_ledger") : fmt::format("run-{}", pick_(world_.runs));
        return fmt::format(
            R"({{"event_type":"{}","event_id":"{}{:05}","timestamp_ms":{},"run_id":"{}"{}}})", type,
            world_.id_prefix, id, (1 + pick_(world_.times)) * world_.ms_between_times, run,
            payload(type));
    }

    // Fields of all types at once: each type takes those that it knows, the rest is its extra.
    std::string payload(const std::string& type) {
        const std::string name = one_of({"a", "b"});
        std::string text;
        if (maybe()) text += fmt::format(",\"attempt\":{}", 1 + pick_(3));
        if (type.starts_with("phase")) {
            text += fmt::format(",\"phase_name\":\"{}\",\"duration_ms\":{}", name, pick_(9));
            if (type == "phase.started" || maybe()) {
                text += fmt::format(",\"phase_order\":{}", pick_(3));
            }
            if (maybe()) text += fmt::format(",\"iteration\":{}", pick_(2));
        }
        if (type == "trial.recorded" || (type == "metric.recorded" && maybe())) {
            text += fmt::format(",\"trial_id\":\"{}\"", name);
        }
        if (type == "artifact.created") text += fmt::format(",\"artifact_path\":\"{},x\"", name);
        if (type == "run.failed") text += fmt::format(R"(,"error":{{"phase_name":"{}"}})", name);
        if (type == "run.started") text += fmt::format(R"(,"owner":{{"pid":{}}})", pick_(4));
        if (type == "run.created") {
            text += fmt::format(R"(,"run_type":"x","config":{{"c":{}}},"parent_run_id":"run-{}")",
                                pick_(4), pick_(world_.runs + 1));
        }
        if (maybe()) text += R"(,"step":)" + std::to_string(pick_(2));
        if (maybe()) text += fmt::format(",\"note\":\"n{}\"", pick_(3));
        const std::string tag = maybe() ? "null" : "\"" + name + "\"";
        return text +
               fmt::format(R"(,"tags":{{"k{}":{}}},"metrics":{{"m":{}}},"params":{{"p":{}}})",
                           pick_(2), tag, pick_(9), pick_(9));
    }

    Pick pick_;
    RandomEvents world_;
    std::uint64_t ids_ = 0;
    std::uint64_t seq_ = 0;
};

}  // namespace daybook::testing
