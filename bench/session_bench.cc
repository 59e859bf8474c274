// Short lives: a writer that is opened for a few events, and one that follows a crash.

#include <fcntl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/limits.h"
#include "crew.h"
#include "log/layout.h"
#include "log_writers.h"
#include "os/file.h"
#include "peers.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr int kSessionEvents = 10;
constexpr double kSessionSeconds = 0.2;
// 10 GB of parts.
constexpr std::uint32_t kCrashParts = 100;
// What the writer that crashed left of its last line.
constexpr std::size_t kTornBytes = 100;

// Each call opens a desk, makes a few calls there and closes it.
OpenDesk sessions(const OpenDesk& open) {
    return [open](int process) -> Result<Desk> {
        return [open, process](int thread) -> Result<Call> {
            return [open, process, thread](std::size_t i) -> Status {
                ASSIGN_OR_RETURN(const Desk desk, open(process));
                ASSIGN_OR_RETURN(const Call call, desk(thread));
                for (std::size_t event = 0; event < kSessionEvents; ++event) {
                    RETURN_IF_ERROR(call(i * kSessionEvents + event));
                }
                return {};
            };
        };
    };
}

// A part that is a hole but for its end: a whole line, and `torn` bytes of another one.
Status write_part(const log::Layout& layout, const log::PartId& part, std::uint64_t bytes,
                  std::size_t torn) {
    const std::string line = ready_lines().front();
    const std::string end = '\n' + line + line.substr(0, torn);
    const std::string path = layout.part_path(part);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_APPEND));
    RETURN_IF_ERROR(os::truncate(fd.get(), ByteOffset(bytes - end.size()), path));
    os::WriteOutcome outcome = os::write_all(fd.get(), end, path);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

// What a writer leaves that dies: full parts, and one that ends with `torn` bytes of a line.
Status write_crashed_log(const Workspace& workspace, std::uint32_t parts, std::size_t torn) {
    RETURN_IF_ERROR(clear_log(workspace));
    const log::Layout layout(workspace.path("log"));
    const Day today = day_of(system_clock().now());
    RETURN_IF_ERROR(os::make_dirs(layout.day_dir(today)));
    for (std::uint32_t number = 1; number <= parts; ++number) {
        const bool last = number == parts;
        RETURN_IF_ERROR(write_part(layout, {.day = today, .number = log::PartNumber(number)},
                                   last ? kPartBytesMax / 2 : kPartBytesMax, last ? torn : 0));
    }
    return {};
}

// Opens the log and appends one line.
Contender first_append(const Workspace& workspace, std::uint32_t parts, std::size_t torn) {
    return {fmt::format("{} parts", parts), [&workspace, parts, torn]() -> Result<Sample> {
                RETURN_IF_ERROR(write_crashed_log(workspace, parts, torn));
                // Outlives the call, so that closing is not measured.
                const auto kept = std::make_shared<std::optional<Call>>();
                const OpenDesk open = log_append(workspace, Durability::kProcess);
                ASSIGN_OR_RETURN(const Sample sample, run_once([&](std::size_t i) -> Status {
                                     ASSIGN_OR_RETURN(const Desk desk, open(0));
                                     ASSIGN_OR_RETURN(kept->emplace(), desk(0));
                                     return (**kept)(i);
                                 }));
                const log::Layout layout(workspace.path("log"));
                ASSIGN_OR_RETURN(const bool saved, os::exists(layout.torn_dir()));
                if (saved == (torn != 0)) return sample;
                return fail(ErrorCode::kInternal, "the torn tail was not repaired");
            }};
}

// What repairing cannot do without: a small file, durable under its name.
Contender save_evidence(const Workspace& workspace) {
    return {"evidence", [&workspace]() -> Result<Sample> {
                RETURN_IF_ERROR(clear_peers(workspace));
                return run_once([&](std::size_t) {
                    return os::write_file_atomic(workspace.path("peers/torn.bytes"),
                                                 std::string(kTornBytes, 'x'));
                });
            }};
}

}  // namespace

Status bench_session(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::vector<std::string> lines = ready_lines();
    const auto session = [&](std::string name, const OpenDesk& open) {
        return Contender{
            std::move(name), [&workspace, &settings, open = sessions(open)]() -> Result<Sample> {
                RETURN_IF_ERROR(clear_log(workspace));
                RETURN_IF_ERROR(clear_peers(workspace));
                return run_crew(
                    {.seconds = kSessionSeconds * settings.scale, .warm_up = 5, .latencies = true},
                    open);
            }};
    };
    const std::array contenders = {
        session("daybook", log_append(workspace, Durability::kProcess)),
        session("SQLite",
                sqlite_insert(workspace, lines, SqliteSync::kNormal, SqliteConnections::kShared)),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = "open, append 10 events, close",
                .durability = "process",
                .value = medians[0].p50_us / 1e3,
                .unit = Unit::kMilliseconds,
                .peer = "SQLite, WAL, NORMAL",
                .peer_value = medians[1].p50_us / 1e3,
                .target = at_most(1)});
    return {};
}

Status bench_crash(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::array contenders = {
        first_append(workspace, kCrashParts, 0), first_append(workspace, 1, 0),
        first_append(workspace, kCrashParts, kTornBytes), save_evidence(workspace)};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    RETURN_IF_ERROR(clear_log(workspace));
    Figure figure{.what = "first append after a crash, 10 GB",
                  .durability = "process",
                  .value = medians[0].value / 1e3,
                  .unit = Unit::kMilliseconds,
                  .peer = "the same with one part",
                  .peer_value = medians[1].value / 1e3,
                  .target = at_most(5)};
    report.add(figure);
    figure.what = "  which tore the last line";
    figure.value = medians[2].value / 1e3;
    figure.peer = "100 bytes saved durably";
    figure.peer_value = medians[3].value / 1e3;
    report.add(figure);
    return {};
}

}  // namespace daybook::bench
