#include "selftest/latency.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ledger/event_log.h"
#include "os/file.h"

namespace daybook::selftest {
namespace {

constexpr std::size_t kRecordBytes = 300;
constexpr std::size_t kWritesMax = 20'000;
constexpr std::size_t kSyncsMax = 20'000;

// Calls `act` until its share of the time is used up, and says how long each call took.
template <typename Act>
Result<Latency> measure(const StageContext& context, std::size_t samples_max, Act act) {
    StageContext share = context;
    share.budget_ns /= 4;
    const Deadline deadline(share);
    std::vector<std::int64_t> samples;
    do {
        const std::int64_t began = system_clock().monotonic_ns();
        RETURN_IF_ERROR(act());
        samples.push_back(system_clock().monotonic_ns() - began);
    } while (samples.size() < samples_max && !deadline.passed());
    return summarize(std::move(samples));
}

Result<Latency> measure_events(const StageContext& context, ledger::EventLog& log,
                               Durability durability, std::size_t samples_max) {
    std::int64_t step = 0;
    return measure(context, samples_max, [&]() -> Status {
        // Written out in the call: the list of metrics lives no longer than that.
        return log
            .emit("selftest", event::MetricRecorded{.metrics = {{"loss", 0.25}}, .step = ++step},
                  {.durability = durability})
            .map([](const event::Receipt&) {});
    });
}

Check row(std::string name, const Latency& latency) {
    return {
        .stage = "speed",
        .name = std::move(name),
        .result = fmt::format("median {}, 90 % {}, 99 % {}, longest {} ({} times)",
                              human_ns(latency.p50_ns), human_ns(latency.p90_ns),
                              human_ns(latency.p99_ns), human_ns(latency.max_ns), latency.count),
        .value = static_cast<double>(latency.p50_ns) / 1000};
}

}  // namespace

Latency summarize(std::vector<std::int64_t> samples) {
    Latency latency{.count = samples.size()};
    if (samples.empty()) return latency;
    std::sort(samples.begin(), samples.end());
    // The nearest rank: the smallest sample that so many of a hundred do not exceed.
    const auto rank = [&](std::size_t percent) {
        return samples[(samples.size() * percent + 99) / 100 - 1];
    };
    latency.p50_ns = rank(50);
    latency.p90_ns = rank(90);
    latency.p99_ns = rank(99);
    latency.max_ns = samples.back();
    std::int64_t bound = 1;
    while (bound < samples.front()) bound *= 2;
    for (std::size_t i = 0; i < samples.size(); bound *= 2) {
        const std::size_t begin = i;
        while (i < samples.size() && samples[i] <= bound) ++i;
        latency.histogram.emplace_back(bound, i - begin);
    }
    return latency;
}

std::string human_ns(std::int64_t ns) {
    const auto with_unit = [ns](double unit, const char* name) {
        const double value = static_cast<double>(ns) / unit;
        return value < 10 ? fmt::format("{:.1f} {}", value, name)
                          : fmt::format("{:.0f} {}", value, name);
    };
    if (ns < 1000) return fmt::format("{} ns", ns);
    // 999,950 ns would be shown as "1000 µs".
    if (ns < 999'500) return with_unit(1e3, "µs");
    if (ns < 999'500'000) return with_unit(1e6, "ms");
    return with_unit(1e9, "s");
}

Result<Speed> measure_speed(const StageContext& context) {
    Speed speed;
    const std::string path = os::join_path(context.dir, "bytes");
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_APPEND));
    const std::string record(kRecordBytes, 'x');
    const auto write = [&]() -> Status {
        os::WriteOutcome written = os::write_all(fd.get(), record, path);
        if (written.error) return fail(std::move(*written.error));
        return {};
    };
    ASSIGN_OR_RETURN(speed.write, measure(context, kWritesMax, write));
    ASSIGN_OR_RETURN(speed.sync, measure(context, kSyncsMax, [&]() -> Status {
                         RETURN_IF_ERROR(write());
                         return os::sync_data(fd.get(), path);
                     }));

    const ledger::LedgerDir dir(os::join_path(context.dir, "ledger"));
    ASSIGN_OR_RETURN(const auto log, ledger::EventLog::open(dir));
    ASSIGN_OR_RETURN(speed.process,
                     measure_events(context, *log, Durability::kProcess, kWritesMax));
    if (context.not_durable.empty()) {
        ASSIGN_OR_RETURN(speed.power, measure_events(context, *log, Durability::kPower, kSyncsMax));
    }

    speed.checks.push_back(row("write of 300 bytes, µs", speed.write));
    Check sync = row("the same and fdatasync, µs", speed.sync);
    if (context.not_durable.empty() && speed.sync.p50_ns < kPlausibleSyncNs) {
        sync.verdict = Verdict::kNote;
        sync.result +=
            "; this device answers before it has written: only one with a power reserve "
            "of its own may";
    }
    speed.checks.push_back(std::move(sync));
    speed.checks.push_back(row("event at `process`, µs", speed.process));
    if (speed.power.count > 0) speed.checks.push_back(row("event at `power`, µs", speed.power));
    return speed;
}

}  // namespace daybook::selftest
