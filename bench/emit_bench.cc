// Emitting from within a process.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daybook/ledger.h"
#include "log/scan.h"
#include "peers.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kCallsProcess = 400'000;
constexpr std::size_t kCallsPower = 2'000;
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

// Our own contender: a fresh ledger, one run, `count` trials.
Result<Sample> typed(const Workspace& workspace, std::size_t count, Durability durability) {
    static const std::vector<std::string> ids = trial_ids();
    ASSIGN_OR_RETURN(const std::string directory, workspace.fresh("ledger"));
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(directory));
    ASSIGN_OR_RETURN(Run run, ledger.start_run({.type = "bench", .run_id = "bench"}));
    return measure_calls(count, [&](std::size_t i) {
        return record_trial(run, ids[i % ids.size()], i, durability);
    });
}

// What typed() writes, so that the peers write the same bytes.
Result<std::vector<std::string>> lines_of_typed(const Workspace& workspace) {
    RETURN_IF_ERROR(typed(workspace, kPeerLines, Durability::kProcess));
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

double mean_bytes(const std::vector<std::string>& lines) {
    std::size_t bytes = 0;
    for (const std::string& line : lines) bytes += line.size();
    return static_cast<double>(bytes) / static_cast<double>(lines.size());
}

}  // namespace

Status bench_emit(const Workspace& workspace, const Settings& settings, Report& report) {
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, lines_of_typed(workspace));
    report.group(fmt::format("emit: typed trials of {:.0f} bytes, one thread, durability process",
                             mean_bytes(lines)));
    const std::size_t count = settings.scaled(kCallsProcess);
    const std::array contenders = {
        Contender{"typed", [&] { return typed(workspace, count, Durability::kProcess); }},
        Contender{"spdlog", [&] { return spdlog_flush(workspace, lines, count); }},
        Contender{"raw", [&] { return raw_write(workspace, lines, count); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const Sample& ours = medians[0];
    report.add(
        {.what = "daybook", .value = ours.value, .bound = Bound::kAtLeast, .target = 1'000'000});
    report.add({.what = "  p50", .value = ours.p50_us, .unit = Unit::kMicroseconds});
    report.add({.what = "  p99",
                .value = ours.p99_us,
                .unit = Unit::kMicroseconds,
                .bound = Bound::kAtMost,
                .target = 10});
    report.add({.what = "  p99.9", .value = ours.p999_us, .unit = Unit::kMicroseconds});
    report.add_peer("spdlog basic_file_sink, flush on every record", medians[1]);
    report.add_peer("write() of ready lines", medians[2]);
    report.add({.what = "daybook : spdlog",
                .value = ours.value / medians[1].value,
                .unit = Unit::kRatio,
                .bound = Bound::kAtLeast,
                .target = 0.6});
    report.add({.what = "daybook : write()",
                .value = ours.value / medians[2].value,
                .unit = Unit::kRatio});
    return {};
}

Status bench_emit_power(const Workspace& workspace, const Settings& settings, Report& report) {
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, lines_of_typed(workspace));
    report.group("emit: typed trials, one thread, durability power");
    const std::size_t count = settings.scaled(kCallsPower);
    const std::array contenders = {
        Contender{"typed", [&] { return typed(workspace, count, Durability::kPower); }},
        Contender{"raw", [&] { return raw_write_sync(workspace, lines, count); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add_peer("daybook", medians[0]);
    report.add_peer("write() and fdatasync() of ready lines", medians[1]);
    report.add({.what = "daybook : write() and fdatasync()",
                .value = medians[0].value / medians[1].value,
                .unit = Unit::kRatio,
                .bound = Bound::kAtLeast,
                .target = 0.85});
    return {};
}

}  // namespace daybook::bench
