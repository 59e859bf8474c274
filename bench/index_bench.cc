// Full builds of the index: a million events beside DuckDB's own ways, ten million beside one.

#include <array>
#include <string>

#include <fmt/format.h>

#include "increment.h"
#include "index_peers.h"
#include "indexed_ledger.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kEvents = 1'000'000;
constexpr std::size_t kManyEvents = 10'000'000;
// Linear within 20 %.
constexpr double kLinearRatio = 1 / 1.2;

Contender full_build(std::string name, const std::string& ledger, std::size_t events) {
    return {std::move(name),
            [&ledger, events] { return build_in_child(ledger, events, {.full_rebuild = true}); }};
}

}  // namespace

Status bench_index(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kEvents);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "ledger", events));
    using Peer = Result<Sample> (*)(const Workspace&, const std::string&, std::size_t);
    const auto peer = [&](std::string name, Peer way) {
        return Contender{std::move(name), [&, way] { return way(workspace, ledger, events); }};
    };
    // Ours comes first in the first round, because the last peer copies the tables that it makes.
    const std::array contenders = {
        full_build("daybook", ledger, events),
        peer("read_json, maps while reading", read_json_with_maps),
        peer("read_json, then maps", read_json_then_maps),
        peer("read_json_auto, few columns", read_json_auto),
        peer("CREATE TABLE AS of finished tables", copy_finished_tables),
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const auto rate = [events](double seconds) { return static_cast<double>(events) / seconds; };
    const Sample& ours = medians[0];
    const std::array targets = {Target{}, ratio_at_least(4), Target{}, ratio_at_least(1.15),
                                ratio_at_least(1)};
    for (std::size_t i = 1; i < contenders.size(); ++i) {
        report.add({.what = fmt::format("full build of {} events", events),
                    .value = rate(ours.value),
                    .peer = contenders[i].name,
                    .peer_value = rate(medians[i].value),
                    .target = targets[i]});
    }
    report.add({.what = "  without its publication", .value = rate(ours.value - ours.step)});
    for (std::size_t i = 1; i < contenders.size(); ++i) {
        report.add({.what = "  processor time",
                    .value = ours.processor_seconds,
                    .unit = Unit::kSeconds,
                    .peer = contenders[i].name,
                    .peer_value = medians[i].processor_seconds});
    }
    for (std::size_t i = 1; i < contenders.size(); ++i) {
        report.add({.what = "  peak memory",
                    .value = ours.peak_megabytes,
                    .unit = Unit::kMegabytes,
                    .peer = contenders[i].name,
                    .peer_value = medians[i].peak_megabytes,
                    .target = i == 1 ? at_most(1500) : Target{}});
    }
    return {};
}

Status bench_index_10m(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t many = settings.scaled(kManyEvents);
    const std::size_t few = settings.scaled(kEvents);
    ASSIGN_OR_RETURN(const std::string large, make_ledger(workspace, "large", many));
    ASSIGN_OR_RETURN(const std::string small, make_ledger(workspace, "small", few));
    const std::array contenders = {full_build("many", large, many), full_build("few", small, few)};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("full build of {} events", many),
                .value = static_cast<double>(many) / medians[0].value,
                .peer = fmt::format("of {}", few),
                .peer_value = static_cast<double>(few) / medians[1].value,
                .target = ratio_at_least(kLinearRatio)});
    report.add({.what = "  peak memory",
                .value = medians[0].peak_megabytes,
                .unit = Unit::kMegabytes,
                .peer = fmt::format("of {}", few),
                .peer_value = medians[1].peak_megabytes,
                .target = at_most(4000)});
    return measure_increments(workspace, settings, report, {large, many});
}

}  // namespace daybook::bench
