// Emitting from within a process.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crew.h"
#include "daybook/ledger.h"
#include "log/scan.h"
#include "peers.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr double kTurnSeconds = 0.2;
constexpr double kPowerSeconds = 0.5;
// So many different lines the peers write, in turn.
constexpr std::size_t kPeerLines = 4096;

// Ids of trials, made beforehand: what is measured is emitting.
std::vector<std::string> trial_ids() {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < kPeerLines; ++i) ids.push_back(fmt::format("fixed_stop_{:06}", i));
    return ids;
}

Status record_trial(Run& run, const std::string& id, std::size_t i, Durability durability) {
    const auto x = static_cast<double>(i % 1000);
    return run.record_trial(id, {{"stop", 0.05}, {"take", 0.5 + x}},
                            {{"sharpe", 1.25}, {"return_bps", x * 8.125}, {"drawdown_bps", -310}},
                            {.durability = durability});
}

// A run refers to its ledger, and so must end before it.
struct Recording {
    Ledger ledger;
    std::optional<Run> run{};
};

// Our own contender: a ledger, one run, trials.
OpenDesk typed(const Workspace& workspace, Durability durability) {
    return [&workspace, durability](int) -> Result<Desk> {
        ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(workspace.path("ledger")));
        const auto recording = std::make_shared<Recording>(Recording{std::move(ledger)});
        ASSIGN_OR_RETURN(recording->run,
                         recording->ledger.start_run(
                             {.type = "bench", .run_id = "bench", .capture = Capture::kNone}));
        return [recording, durability](int) -> Result<Call> {
            return [recording, durability, ids = trial_ids()](std::size_t i) {
                return record_trial(*recording->run, ids[i % ids.size()], i, durability);
            };
        };
    };
}

// A contender that begins with empty files.
Contender contender(std::string name, const Workspace& workspace, const Crew& crew, OpenDesk open) {
    return {std::move(name), [&workspace, crew, open = std::move(open)]() -> Result<Sample> {
                RETURN_IF_ERROR(workspace.fresh("ledger"));
                RETURN_IF_ERROR(clear_peers(workspace));
                if (crew.latencies) return run_crew(crew, open);
                return run_worker(crew.seconds, open);
            }};
}

// What typed() writes, so that the peers write the same bytes.
Result<std::vector<std::string>> lines_of_typed(const Workspace& workspace) {
    RETURN_IF_ERROR(workspace.fresh("ledger"));
    RETURN_IF_ERROR(run_crew({.warm_up = kPeerLines}, typed(workspace, Durability::kProcess)));
    const log::Layout layout(workspace.path("ledger"));
    std::vector<std::string> lines;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    for (const log::PartInfo& part : parts) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout, part.id));
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
            if (!line) break;
            if (line->text.find("trial.recorded") == std::string_view::npos) continue;
            lines.push_back(std::string(line->text) + "\n");
        }
    }
    if (lines.empty()) return fail(ErrorCode::kInternal, "no trial was recorded");
    return lines;
}

std::string title(const std::vector<std::string>& lines) {
    std::size_t bytes = 0;
    for (const std::string& line : lines) bytes += line.size();
    return fmt::format("emit typed trials of {} B", bytes / lines.size());
}

}  // namespace

Status bench_emit(const Workspace& workspace, const Settings& settings, Report& report) {
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, lines_of_typed(workspace));
    const Crew crew{.seconds = kTurnSeconds * settings.scale};
    const std::array contenders = {
        contender("typed", workspace, crew, typed(workspace, Durability::kProcess)),
        contender("spdlog", workspace, crew, spdlog_flush(workspace, lines)),
        contender("raw", workspace, crew, raw_write(workspace, lines)),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    Figure figure{.what = title(lines),
                  .durability = "process",
                  .value = medians[0].value,
                  .peer = "write() of ready lines",
                  .peer_value = medians[2].value,
                  .target = at_least(1'000'000)};
    report.add(figure);
    figure.peer = "spdlog, flush on every record";
    figure.peer_value = medians[1].value;
    figure.target = ratio_at_least(0.6);
    report.add(figure);
    report.add({.what = title(lines) + ", p99",
                .durability = "process",
                .value = medians[0].p99_us,
                .unit = Unit::kMicroseconds,
                .peer = "write() of ready lines",
                .peer_value = medians[2].p99_us,
                .target = at_most(10)});
    return {};
}

Status bench_emit_power(const Workspace& workspace, const Settings& settings, Report& report) {
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, lines_of_typed(workspace));
    const Crew crew{.seconds = kPowerSeconds * settings.scale, .warm_up = 2, .latencies = true};
    const std::array contenders = {
        contender("typed", workspace, crew, typed(workspace, Durability::kPower)),
        contender("raw", workspace, crew, raw_write_sync(workspace, lines)),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = title(lines),
                .durability = "power",
                .value = medians[0].value,
                .peer = "write() and fdatasync() of ready lines",
                .peer_value = medians[1].value,
                .target = ratio_at_least(0.85)});
    return {};
}

}  // namespace daybook::bench
