// Appending ready lines at durability `power`: they survive power loss.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "crew.h"
#include "log_writers.h"
#include "peers.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr double kTurnSeconds = 0.5;
constexpr int kThreads = 64;
constexpr int kProcesses = 16;

Contender crew_of(std::string name, int processes, int threads, const Workspace& workspace,
                  const Settings& settings, OpenDesk open) {
    const Crew crew{.processes = processes,
                    .threads = threads,
                    .seconds = kTurnSeconds * settings.scale,
                    .warm_up = 2,
                    .latencies = true};
    return {std::move(name), [&workspace, crew, open = std::move(open)]() -> Result<Sample> {
                RETURN_IF_ERROR(clear_log(workspace));
                RETURN_IF_ERROR(clear_peers(workspace));
                return run_crew(crew, open);
            }};
}

}  // namespace

Status bench_power(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::vector<std::string> lines = ready_lines();
    const auto one = [&](std::string name, OpenDesk open) {
        return crew_of(std::move(name), 1, 1, workspace, settings, std::move(open));
    };
    const std::array contenders = {
        one("daybook", log_append(workspace, Durability::kPower)),
        one("raw", raw_write_sync(workspace, lines)),
        one("SQLite", sqlite_insert(workspace, lines, SqliteSync::kFull)),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    Figure figure{.what = "append 300 B, one caller",
                  .durability = "power",
                  .value = medians[0].value,
                  .peer = "write() and fdatasync()",
                  .peer_value = medians[1].value,
                  .target = ratio_at_least(0.95)};
    report.add(figure);
    figure.peer = "SQLite, WAL, FULL";
    figure.peer_value = medians[2].value;
    figure.target = ratio_at_least(0.85);
    report.add(figure);
    return {};
}

Status bench_power_many(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::vector<std::string> lines = ready_lines();
    const auto sqlite = [&](SqliteConnections connections) {
        return sqlite_insert(workspace, lines, SqliteSync::kFull, connections);
    };
    const OpenDesk ours = log_append(workspace, Durability::kPower);
    const std::array contenders = {
        crew_of("threads", 1, kThreads, workspace, settings, ours),
        crew_of("SQLite, a connection each", 1, kThreads, workspace, settings,
                sqlite(SqliteConnections::kOneEach)),
        crew_of("SQLite, one connection", 1, kThreads, workspace, settings,
                sqlite(SqliteConnections::kShared)),
        crew_of("processes", kProcesses, 1, workspace, settings, ours),
        crew_of("SQLite, processes", kProcesses, 1, workspace, settings,
                sqlite(SqliteConnections::kOneEach)),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const bool shared_is_faster = medians[2].value > medians[1].value;
    report.add({.what = "append 300 B, 64 threads",
                .durability = "power",
                .value = medians[0].value,
                .peer = shared_is_faster ? "SQLite, FULL, one connection"
                                         : "SQLite, FULL, a connection each",
                .peer_value = std::max(medians[1].value, medians[2].value),
                .target = ratio_at_least(20)});
    report.add({.what = "append 300 B, 16 processes",
                .durability = "power",
                .value = medians[3].value,
                .peer = "SQLite, FULL, 16 processes",
                .peer_value = medians[4].value,
                .target = ratio_at_least(4)});
    report.add({.what = "append 300 B, 16 processes, worst stall",
                .durability = "power",
                .value = medians[3].worst_us / 1e3,
                .unit = Unit::kMilliseconds,
                .peer = "SQLite, FULL, 16 processes",
                .peer_value = medians[4].worst_us / 1e3,
                .target = ratio_at_most(1.0 / 20)});
    return {};
}

}  // namespace daybook::bench
