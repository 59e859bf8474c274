// The program itself: `daybook emit`, from start to exit.

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kProcesses = 40;
constexpr std::size_t kStdinEvents = 500'000;

// How long one process takes, the median of many.
Result<Sample> processes(const std::vector<std::string>& argv, std::size_t count) {
    std::vector<double> seconds;
    for (std::size_t i = 0; i < count; ++i) {
        ASSIGN_OR_RETURN(const ProcessUse use, run_process(argv));
        seconds.push_back(use.seconds);
    }
    return Sample{.value = quantile(seconds, 0.5) * 1e3, .p99_us = quantile(seconds, 0.99) * 1e6};
}

// NDJSON as a program would pipe it.
Status write_stdin_events(const std::string& path, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += fmt::format(
            R"({{"event_type":"trial.recorded","run_id":"bench","trial_id":"fixed_stop_{:06}",)"
            R"("params":{{"stop":0.05,"take":{}}},)"
            R"("metrics":{{"sharpe":1.25,"return_bps":{},"drawdown_bps":-310}}}})"
            "\n",
            i, static_cast<double>(i % 100) * 0.25, static_cast<double>(i % 1000) * 8.125);
    }
    return os::write_file_atomic(path, text);
}

}  // namespace

Status bench_emit_process(const Workspace& workspace, const Settings& settings, Report& report) {
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
    const std::vector<std::string> emit = {program("daybook"), "--ledger",    ledger,     "emit",
                                           "--event-type",     "run.started", "--run-id", "bench"};
    const std::size_t count = settings.scaled(kProcesses);
    const std::array contenders = {
        Contender{"daybook emit", [&] { return processes(emit, count); }},
        Contender{"true", [&] { return processes({"/bin/true"}, count); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = "`daybook emit`, start to exit",
                .durability = "process",
                .value = medians[0].value,
                .unit = Unit::kMilliseconds,
                .peer = "/bin/true",
                .peer_value = medians[1].value,
                .target = at_most(5)});
    return {};
}

Status bench_emit_stdin(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t count = settings.scaled(kStdinEvents);
    const std::string input = workspace.path("events.ndjson");
    RETURN_IF_ERROR(write_stdin_events(input, count));
    const std::array contenders = {Contender{
        "emit --stdin", [&]() -> Result<Sample> {
            ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
            ASSIGN_OR_RETURN(
                const ProcessUse use,
                run_process({program("daybook"), "--ledger", ledger, "emit", "--stdin"}, input));
            return Sample{.value = static_cast<double>(count) / use.seconds};
        }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("`daybook emit --stdin`, {} events", count),
                .durability = "process",
                .value = medians[0].value,
                .target = at_least(300'000)});
    return {};
}

}  // namespace daybook::bench
