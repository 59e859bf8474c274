#include "indexed_ledger.h"

#include <fmt/format.h>

#include "child.h"
#include "daybook/ledger.h"
#include "log/scan.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kIncrementRuns = 10;
// The generator's trials of each run are fixed_stop_14 to fixed_stop_997.
constexpr std::size_t kFirstTrial = 14;

}  // namespace

Result<std::string> make_ledger(const Workspace& workspace, std::string_view name,
                                std::size_t events, std::size_t events_per_run) {
    ASSIGN_OR_RETURN(std::string ledger, workspace.fresh(name));
    RETURN_IF_ERROR(
        run_process({program("bench/generate_events"), ledger, fmt::format("{}", events), "1",
                     fmt::format("{}", events_per_run)}));
    return ledger;
}

Result<std::uint64_t> log_bytes(const std::string& ledger) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(log::Layout(ledger)));
    std::uint64_t bytes = 0;
    for (const log::PartInfo& part : parts) bytes += part.size.value();
    return bytes;
}

Result<Sample> build_in_child(const std::string& ledger, std::size_t events,
                              const index::BuildOptions& options) {
    return in_child([&]() -> Result<Sample> {
        index::BuildReport report;
        ASSIGN_OR_RETURN(Sample sample, seconds_of([&]() -> Status {
                             ASSIGN_OR_RETURN(report, index::build(ledger, options));
                             return {};
                         }));
        if (report.events != events || report.damaged != 0) {
            return fail(ErrorCode::kInternal,
                        "index {}: {} events were new and {} lines damaged, expected {} events",
                        ledger, report.events, report.damaged, events);
        }
        sample.step = report.publish_seconds;
        return sample;
    });
}

std::string Increments::run_of(std::size_t trial, Spread spread) {
    if (spread == Spread::kAllRuns) return fmt::format("run-{:07}", random_.next() % runs_);
    const std::size_t run = trial % kIncrementRuns;
    if (run < std::size(known_runs_)) return known_runs_[run];
    return fmt::format("new-{}-{}", increments_, run);
}

Status Increments::append(std::size_t trials, Spread spread) {
    ++increments_;
    for (std::string& run : known_runs_) run = fmt::format("run-{:07}", random_.next() % runs_);
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(ledger_, {.background = false}));
    for (std::size_t i = 0; i < trials; ++i) {
        const bool replaces = spread == Spread::kAllRuns && i % 2 == 0;
        const std::string trial =
            replaces ? fmt::format("fixed_stop_{}", kFirstTrial + random_.next() % kTrialsPerRun)
                     : fmt::format("more_{}_{}", increments_, i);
        const auto number = [&] { return static_cast<double>(random_.next() % 10'000) / 1e4; };
        RETURN_IF_ERROR(ledger.emit_json(
            fmt::format(R"({{"event_type":"trial.recorded","run_id":"{}","trial_id":"{}",)"
                        R"("params":{{"kind":"fixed_stop","stop_pct":{},"take_profit_pct":{},)"
                        R"("max_hold_ms":{}}},"metrics":{{"sharpe":{},"mean_return_bps":{},)"
                        R"("stop_out_rate":{},"max_adverse_bps":{},"tail_capture":{}}}}})",
                        run_of(i, spread), trial, number(), number(), random_.next() % 86'400'000,
                        number(), number(), number(), -number(), number()),
            Durability::kProcess));
    }
    return {};
}

}  // namespace daybook::bench
