// What a ledger of many archived events costs, beside an empty one: an event, and `daybook runs`.
// `tools/rig growth` tries the same with a hundred million.

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "child.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kEvents = 5'000'000;
constexpr std::size_t kDays = 10;
constexpr std::size_t kEmitted = 20'000;
constexpr std::size_t kLists = 7;

// Ten archived days, and an index of them.
Status grow(const std::string& ledger, std::size_t events) {
    const std::string a_day = fmt::format("{}", events / kDays);
    const std::vector<std::vector<std::string>> steps = {
        {program("bench/generate_events"), ledger, fmt::format("{}", events / kDays * kDays), "1",
         "1000", a_day, "1"},
        {program("daybook"), "seal", "--ledger", ledger},
        {program("daybook"), "archive", "--ledger", ledger, "--older-than", "1d"},
        {program("daybook"), "index", "--ledger", ledger}};
    for (const std::vector<std::string>& step : steps) {
        ASSIGN_OR_RETURN(const ProcessUse use, run_process(step));
        (void)use;
    }
    // What a day later is gone anyway.
    return os::remove_tree(ledger::LedgerDir(ledger).trash_dir());
}

Result<Sample> emit(const std::string& ledger, std::size_t count) {
    return in_child([&]() -> Result<Sample> {
        ASSIGN_OR_RETURN(const auto log, ledger::EventLog::open(ledger::LedgerDir(ledger)));
        std::vector<double> times_us;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string id = fmt::format("t{}", i);
            const std::int64_t begun = now_ns();
            ASSIGN_OR_RETURN(
                const event::Receipt receipt,
                log->emit("bench", event::TrialRecorded{.trial_id = id,
                                                        .params = {{"stop", 0.05}},
                                                        .metrics = {{"sharpe", 1.0}}}));
            (void)receipt;
            times_us.push_back(static_cast<double>(now_ns() - begun) / 1e3);
        }
        return Sample{.value = quantile(times_us, 0.5), .p99_us = quantile(times_us, 0.99)};
    });
}

Result<Sample> list_runs(const std::string& ledger) {
    std::vector<double> times_ms;
    for (std::size_t i = 0; i < kLists; ++i) {
        ASSIGN_OR_RETURN(const ProcessUse use,
                         run_process({program("daybook"), "runs", "--ledger", ledger}));
        times_ms.push_back(use.seconds * 1e3);
    }
    return Sample{.value = quantile(times_ms, 0.5)};
}

}  // namespace

Status bench_growth(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kEvents);
    const std::size_t emitted = settings.scaled(kEmitted);
    ASSIGN_OR_RETURN(const std::string grown, workspace.fresh("grown"));
    RETURN_IF_ERROR(grow(grown, events));
    const std::array contenders = {Contender{"grown", [&] { return emit(grown, emitted); }},
                                   Contender{"empty",
                                             [&]() -> Result<Sample> {
                                                 ASSIGN_OR_RETURN(const std::string empty,
                                                                  workspace.fresh("empty"));
                                                 return emit(empty, emitted);
                                             }},
                                   Contender{"runs", [&] { return list_runs(grown); }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("an event after {} archived ones, p50", events),
                .durability = "process",
                .value = medians[0].value,
                .unit = Unit::kMicroseconds,
                .peer = "empty ledger",
                .peer_value = medians[1].value,
                .target = ratio_at_most(1.25)});
    report.add({.what = "  p99",
                .durability = "process",
                .value = medians[0].p99_us,
                .unit = Unit::kMicroseconds,
                .peer = "empty ledger",
                .peer_value = medians[1].p99_us});
    report.add({.what = "daybook runs, all of them archived",
                .value = medians[2].value,
                .unit = Unit::kMilliseconds,
                .target = at_most(500)});
    return {};
}

}  // namespace daybook::bench
