// Answers: how fast they come, and whether they ever lack what was acknowledged before.

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "child.h"
#include "daybook/ledger.h"
#include "duck/database.h"
#include "index/index_layout.h"
#include "indexed_ledger.h"
#include "query/fresh.h"
#include "suites.h"

namespace daybook::bench {
namespace {

// 100,000 runs of ten trials; the other events of a run are its ends, its phases, its artifact.
constexpr std::size_t kRuns = 100'000;
constexpr std::size_t kEventsPerShortRun = 26;
constexpr std::size_t kTail = 10'000;
constexpr std::size_t kLists = 5;
constexpr std::size_t kFreshEvents = 100'000;
constexpr std::size_t kChecks = 1'000;
constexpr std::size_t kChecksLong = 10'000;

// How long `daybook runs` takes, start to exit, the median of a few, in milliseconds; before each
// of them `prepare` is called.
Result<Sample> list_runs(const std::string& ledger, std::size_t count,
                         const std::function<Status()>& prepare) {
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
        RETURN_IF_ERROR(prepare());
        ASSIGN_OR_RETURN(const ProcessUse use, run_process({program("daybook"), "--ledger", ledger,
                                                            "runs", "--limit", "20"}));
        times.push_back(use.seconds * 1e3);
    }
    return Sample{.value = quantile(times, 0.5)};
}

// The raw limit: DuckDB is loaded, opens the snapshot and counts its runs.
Result<Sample> count_runs(const std::string& snapshot) {
    return in_child([&]() -> Result<Sample> {
        const auto count = [&]() -> Status {
            ASSIGN_OR_RETURN(const duck::Database database,
                             duck::Database::open(snapshot, {.read_only = true}));
            ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
            return connection.execute("SELECT count(*) FROM runs_status");
        };
        ASSIGN_OR_RETURN(const Sample sample, seconds_of(count));
        return Sample{.value = sample.value * 1e3};
    });
}

// Appends a trial and asks for it, again and again.  The value is how many answers lacked it; the
// percentiles are of the questions.
Result<Sample> ask_after_each(const std::string& root, const std::string& run, std::size_t checks) {
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(root, {.background = false}));
    Sample sample;
    std::vector<double> times_us;
    for (std::size_t i = 1; i <= checks; ++i) {
        RETURN_IF_ERROR(ledger.emit_json(
            fmt::format(R"({{"event_type":"trial.recorded","run_id":"{}","trial_id":"t{}",)"
                        R"("params":{{}},"metrics":{{"sharpe":{}}}}})",
                        run, i, i),
            Durability::kProcess));
        const std::int64_t begin_ns = now_ns();
        ASSIGN_OR_RETURN(query::FreshSession fresh, query::open_fresh(root));
        ASSIGN_OR_RETURN(
            duck::Rows rows,
            fresh.session.query("SELECT count(*) FROM trial_results WHERE run_id = $1", {run}));
        ASSIGN_OR_RETURN(const bool found, rows.next());
        times_us.push_back(static_cast<double>(now_ns() - begin_ns) / 1e3);
        if (!found || rows.get_uint64(0) != i) ++sample.value;
    }
    sample.p50_us = quantile(times_us, 0.5);
    sample.p99_us = quantile(times_us, 0.99);
    return sample;
}

}  // namespace

Status bench_query_runs(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t runs = settings.scaled(kRuns);
    const std::size_t events = runs * kEventsPerShortRun;
    ASSIGN_OR_RETURN(const std::string ledger,
                     make_ledger(workspace, "ledger", events, kEventsPerShortRun));
    RETURN_IF_ERROR(build_in_child(ledger, events));
    const std::string snapshot = index::IndexLayout(ledger).snapshot_path();
    // Some of the first of its runs, which all have numbers.
    Increments increments(ledger, runs);
    const auto index = [&]() -> Status {
        return in_child([&]() -> Result<Sample> {
                   RETURN_IF_ERROR(index::build(ledger));
                   return Sample();
               })
            .transform([](const Sample&) {});
    };
    const auto add_tail = [&]() -> Status {
        RETURN_IF_ERROR(index());
        return increments.append(kTail, Spread::kTenRuns);
    };
    const std::array contenders = {
        Contender{"runs", [&] { return list_runs(ledger, kLists, add_tail); }},
        Contender{"runs without tail", [&] { return list_runs(ledger, kLists, index); }},
        Contender{"DuckDB", [&] { return count_runs(snapshot); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    Figure figure{.what = fmt::format("`daybook runs`, {} runs, {} new events", runs, kTail),
                  .value = medians[0].value,
                  .unit = Unit::kMilliseconds,
                  .peer = "DuckDB opens the file and counts",
                  .peer_value = medians[2].value,
                  .target = at_most(150)};
    report.add(figure);
    figure.what = "  without new events";
    figure.value = medians[1].value;
    figure.target = {};
    report.add(figure);
    return {};
}

Status bench_query_fresh(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t checks = settings.scaled(settings.is_long ? kChecksLong : kChecks);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "ledger", kFreshEvents));
    RETURN_IF_ERROR(build_in_child(ledger, kFreshEvents));
    ASSIGN_OR_RETURN(const Sample sample,
                     in_child([&] { return ask_after_each(ledger, "asked", checks); }));
    report.add({.what = fmt::format("stale answers of {}", checks),
                .value = sample.value,
                .unit = Unit::kCount,
                .target = at_most(0)});
    report.add({.what = "  one append to its answer, p50",
                .value = sample.p50_us / 1e3,
                .unit = Unit::kMilliseconds});
    report.add({.what = "  p99", .value = sample.p99_us / 1e3, .unit = Unit::kMilliseconds});
    return {};
}

}  // namespace daybook::bench
