// The TypeScript package: trials recorded from node, beside a process for each event.

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kTrials = 300'000;
constexpr std::size_t kProcesses = 40;

// Both print: a rate, then the median and the 99th percentile of single calls in microseconds.
Result<Sample> run_node(const Workspace& workspace, const char* way, std::size_t count) {
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("node-ledger"));
    ASSIGN_OR_RETURN(
        const Ended ended,
        run_for_output(workspace,
                       {DAYBOOK_BENCH_NODE, DAYBOOK_BENCH_SOURCES "/node_bench.js",
                        program("clients/node/package"), ledger, way, fmt::format("{}", count)}));
    if (ended.code != 0) {
        return fail(ErrorCode::kInternal, "node_bench.js {}: exit code {}: {}", way, ended.code,
                    ended.output);
    }
    char* rest = nullptr;
    Sample sample{.value = std::strtod(ended.output.c_str(), &rest)};
    sample.p50_us = std::strtod(rest, &rest);
    sample.p99_us = std::strtod(rest, &rest);
    return sample;
}

}  // namespace

Status bench_node(const Workspace& workspace, const Settings& settings, Report& report) {
    const auto contender = [&](const char* way, std::size_t count) {
        return Contender{
            way, [&, way, count] { return run_node(workspace, way, settings.scaled(count)); }};
    };
    const std::array contenders = {contender("record", kTrials), contender("buffered", kTrials),
                                   contender("batch", kTrials), contender("spawn", kProcesses)};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const Sample& record = medians[0];
    report.add({.what = "recordTrial from node, 4 parameters and 5 metrics",
                .durability = "process",
                .value = record.value,
                .target = at_least(150'000)});
    report.add({.what = "  99th percentile of a call",
                .durability = "process",
                .value = record.p99_us,
                .unit = Unit::kMicroseconds,
                .target = at_most(30)});
    report.add({.what = "  beside a process for each event",
                .durability = "process",
                .value = record.value,
                .peer = "python3 for each event",
                .peer_value = medians[3].value,
                .target = ratio_at_least(1000)});
    report.add(
        {.what = "  the same, buffered", .durability = "buffered", .value = medians[1].value});
    report.add({.what = "recordTrials from node, 1,000 at a time",
                .durability = "process",
                .value = medians[2].value,
                .peer = "recordTrial",
                .peer_value = record.value});
    return {};
}

}  // namespace daybook::bench
