// Appending ready lines at durability `process`: they survive `kill -9`.

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crew.h"
#include "log_writers.h"
#include "peers.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr double kTurnSeconds = 0.02;
// Long enough for 64 processes to be at work together on few processors.
constexpr double kManySeconds = 0.5;
// Turns are short, so that a disturbance hits all contenders alike; so there are more of them.
constexpr int kTurnsPerRound = 6;

// A contender that begins with empty files.
Contender one_writer(std::string name, const Workspace& workspace, double seconds, OpenDesk open) {
    return {std::move(name), [&workspace, seconds, open = std::move(open)]() -> Result<Sample> {
                RETURN_IF_ERROR(clear_log(workspace));
                RETURN_IF_ERROR(clear_peers(workspace));
                return run_worker(seconds, open);
            }};
}

struct Peer {
    std::string name;
    OpenDesk open;
    Target target;
};

// Writers of one log, in `processes` of `threads` each.
Contender crew_of(int processes, int threads, const Workspace& workspace, double seconds) {
    return {fmt::format("{} x {} writers", processes, threads),
            [=, &workspace]() -> Result<Sample> {
                RETURN_IF_ERROR(clear_log(workspace));
                return run_crew({.processes = processes, .threads = threads, .seconds = seconds},
                                log_append(workspace, Durability::kProcess));
            }};
}

}  // namespace

Status bench_append(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::vector<std::string> lines = ready_lines();
    const std::array peers = {
        Peer{"spdlog, flush on every record", spdlog_flush(workspace, lines), ratio_at_least(0.9)},
        Peer{"lock, size, write, unlock (as jlog)", locked_write(workspace, lines),
             ratio_at_least(3)},
        Peer{"RocksDB, log without sync", rocksdb_put(workspace, lines), ratio_at_least(3.5)},
        Peer{"LevelDB, log without sync", leveldb_put(workspace, lines), ratio_at_least(1.8)},
        Peer{"SQLite, WAL, NORMAL", sqlite_insert(workspace, lines, SqliteSync::kNormal),
             ratio_at_least(12)},
        Peer{"write() alone", raw_write(workspace, lines), {}},
    };
    const double seconds = kTurnSeconds * settings.scale;
    std::vector<Contender> contenders = {
        one_writer("daybook", workspace, seconds, log_append(workspace, Durability::kProcess))};
    for (const Peer& peer : peers) {
        contenders.push_back(one_writer(peer.name, workspace, seconds, peer.open));
    }
    ASSIGN_OR_RETURN(const std::vector<Sample> medians,
                     take_turns(contenders, settings.rounds * kTurnsPerRound));
    const Sample& ours = medians[0];
    for (std::size_t i = 0; i < peers.size(); ++i) {
        report.add({.what = "append 300 B, one writer",
                    .durability = "process",
                    .value = ours.value,
                    .peer = peers[i].name,
                    .peer_value = medians[i + 1].value,
                    .target = peers[i].target});
    }
    const auto add_quantile = [&](std::string_view name, double Sample::* field, double target_us) {
        report.add({.what = fmt::format("append 300 B, {}", name),
                    .durability = "process",
                    .value = ours.*field,
                    .unit = Unit::kMicroseconds,
                    .peer = "write() alone",
                    .peer_value = medians.back().*field,
                    .target = at_most(target_us)});
    };
    add_quantile("p50", &Sample::p50_us, 0.6);
    add_quantile("p99", &Sample::p99_us, 3);
    add_quantile("p99.9", &Sample::p999_us, 15);
    return {};
}

Status bench_append_many(const Workspace& workspace, const Settings& settings, Report& report) {
    const double seconds = kManySeconds * settings.scale;
    const std::array contenders = {
        crew_of(1, 1, workspace, seconds),  crew_of(2, 1, workspace, seconds),
        crew_of(64, 1, workspace, seconds), crew_of(1, 2, workspace, seconds),
        crew_of(1, 64, workspace, seconds),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const auto add = [&](std::string what, std::size_t which, Target target) {
        report.add({.what = std::move(what),
                    .durability = "process",
                    .value = medians[which].value,
                    .peer = "one writer",
                    .peer_value = medians[0].value,
                    .target = target});
    };
    add("append 300 B, 2 processes", 1, ratio_at_least(1.4));
    add("append 300 B, 64 processes", 2, ratio_at_least(1));
    // Threads share one writer and its lane; processes are what the targets are about.
    add("append 300 B, 2 threads of one writer", 3, {});
    add("append 300 B, 64 threads of one writer", 4, {});
    return {};
}

}  // namespace daybook::bench
