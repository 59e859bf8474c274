// Removing 1,000 runs: out of many, and out of few.

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kRuns = 100'000;
constexpr std::size_t kFewRuns = 10'000;
constexpr std::size_t kRunsThatGo = 1'000;
constexpr std::size_t kRunsADay = 1'000;
constexpr std::size_t kTrialsARun = 20;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstMs = 1'735'689'600'000;  // 2025-01-01

std::string event(std::string_view type, std::size_t run, std::int64_t time_ms,
                  std::string_view fields) {
    return fmt::format(
        R"({{"event_type":"{}","event_id":"019bea3c-7d1e-7c40-9d0e-{:012x}","timestamp_ms":{},)"
        R"("run_id":"run-{:06}",{}}})"
        "\n",
        type, time_ms * 16 + static_cast<std::int64_t>(run % 16), time_ms, run, fields);
}

// The events of all runs, as `daybook emit --stdin` reads them.
Status write_events(const std::string& path, std::size_t runs) {
    std::ofstream file(path, std::ios::binary);
    std::int64_t last_ms = 0;
    for (std::size_t run = 0; run < runs; ++run) {
        const auto day = static_cast<std::int64_t>(run / kRunsADay);
        const auto place = static_cast<std::int64_t>(run % kRunsADay);
        std::int64_t time_ms = kFirstMs + day * kDayMs + place * 100;
        file << event("run.created", run, ++time_ms,
                      R"("run_type":"policy","config":{"stop":0.05},"data_fingerprint":"d")");
        file << event("run.started", run, ++time_ms, R"("attempt":1)");
        for (std::size_t trial = 0; trial < kTrialsARun; ++trial) {
            file << event("trial.recorded", run, ++time_ms,
                          fmt::format(R"("trial_id":"t{}","params":{{"stop":{},"hold":{}}},)"
                                      R"("metrics":{{"sharpe":1.{},"trades":{}}})",
                                      trial, trial, run % 7, run % 97, trial * 3));
        }
        file << event("run.completed", run, ++time_ms,
                      R"("summary":{"sharpe":1.5},"artifact_paths":{})");
        last_ms = time_ms;
    }
    file.flush();
    if (file && last_ms > 0) return {};
    return fail(ErrorCode::kIo, "write {}: it is not whole", path);
}

// A ledger with that many runs, a thousand a day, archived and indexed.
Result<std::string> make_ledger(const Workspace& workspace, std::string_view name,
                                std::size_t runs) {
    ASSIGN_OR_RETURN(const std::string events, workspace.fresh(fmt::format("{}.ndjson", name)));
    RETURN_IF_ERROR(write_events(events, runs));
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh(name));
    const std::string daybook = program("daybook");
    RETURN_IF_ERROR(run_process({daybook, "emit", "--stdin", "--ledger", ledger}, events));
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"seal"}, {"archive", "--older-than", "0d"}, {"index"}}) {
        std::vector<std::string> argv{daybook};
        argv.insert(argv.end(), words.begin(), words.end());
        argv.insert(argv.end(), {"--ledger", ledger});
        RETURN_IF_ERROR(run_process(argv));
    }
    return ledger;
}

// The oldest go; what goes was not there in the round before, so that each round does the same.
Result<Sample> remove_oldest(const std::string& ledger, std::size_t& left) {
    left -= kRunsThatGo;
    ASSIGN_OR_RETURN(
        const ProcessUse use,
        run_process({program("daybook"), "retain", "--apply", "--summaries", "drop",
                     "--keep-last-runs", fmt::format("{}", left), "--ledger", ledger}));
    return Sample{.value = use.seconds, .peak_megabytes = use.peak_megabytes};
}

}  // namespace

Status bench_retention(const Workspace& workspace, const Settings& settings, Report& report) {
    const int rounds = std::min(settings.rounds, 5);
    // As many as the rounds remove must be there.
    const std::size_t few =
        std::max(settings.scaled(kFewRuns), static_cast<std::size_t>(rounds + 2) * kRunsThatGo);
    const std::size_t many = std::max(settings.scaled(kRuns), 2 * few);
    ASSIGN_OR_RETURN(const std::string large, make_ledger(workspace, "many-runs", many));
    ASSIGN_OR_RETURN(const std::string small, make_ledger(workspace, "few-runs", few));
    std::size_t left_large = many;
    std::size_t left_small = few;
    const std::array contenders = {
        Contender{"many", [&] { return remove_oldest(large, left_large); }},
        Contender{"few", [&] { return remove_oldest(small, left_small); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, rounds));
    report.add({.what = fmt::format("remove {} of {} runs", kRunsThatGo, many),
                .value = medians[0].value,
                .unit = Unit::kSeconds,
                .peer = fmt::format("of {} runs", few),
                .peer_value = medians[1].value,
                .target = ratio_at_most(4)});
    report.add({.what = fmt::format("peak memory, removing {} of {} runs", kRunsThatGo, many),
                .value = medians[0].peak_megabytes,
                .unit = Unit::kMegabytes,
                .peer = fmt::format("of {} runs", few),
                .peer_value = medians[1].peak_megabytes,
                .target = at_most(500)});
    return {};
}

}  // namespace daybook::bench
