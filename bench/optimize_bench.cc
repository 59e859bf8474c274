// `daybook backtest optimize` as a process, from Parquet to recorded trials.

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "child.h"
#include "duck/database.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kCalls = 500;
constexpr std::size_t kBars = 1'440;

// A call a symbol, at its first bar; a symbol has the bars of a day, which wander.
Status make_inputs(const std::string& calls, const std::string& candles, std::size_t count) {
    return in_child([&]() -> Result<Sample> {
               ASSIGN_OR_RETURN(const duck::Database database, duck::Database::open_in_memory());
               ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
               RETURN_IF_ERROR(connection.execute(fmt::format(
                   "COPY (SELECT 'c' || lpad(s::VARCHAR, 6, '0') AS id, 'caller' || s % 20 AS "
                   "caller, 's' || s AS mint, TIMESTAMP '2024-01-01' AS created_at "
                   "FROM range({}) t(s)) TO '{}' (FORMAT parquet)",
                   count, calls)));
               RETURN_IF_ERROR(connection.execute(fmt::format(
                   "COPY (WITH walk AS (SELECT s, b, exp(sum(0.02 * (hash(s * 2000 + b) % 1000 / "
                   "1000.0 - 0.5)) OVER (PARTITION BY s ORDER BY b)) AS p FROM range({}) t(s), "
                   "range({}) u(b)), bars AS (SELECT s, b, coalesce(lag(p) OVER (PARTITION BY s "
                   "ORDER BY b), 1) AS o, p FROM walk) SELECT 's' || s AS mint, epoch_ms("
                   "(1704067200000 + b * 60000)::BIGINT) AS timestamp, o AS open, greatest(o, p) * "
                   "1.004 AS high, least(o, p) * 0.996 AS low, p AS close, 1.0 AS volume FROM bars "
                   "ORDER BY s, b) TO '{}' (FORMAT parquet)",
                   count, kBars, candles)));
               return Sample();
           })
        .transform([](const Sample&) {});
}

}  // namespace

Status bench_optimize(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::string calls = workspace.path("calls.parquet");
    const std::string candles = workspace.path("candles.parquet");
    const std::size_t count = settings.scaled(kCalls);
    RETURN_IF_ERROR(make_inputs(calls, candles, count));
    const auto search = [&](const std::vector<std::string>& spaces) -> Result<Sample> {
        ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
        std::vector<std::string> argv = {
            program("daybook"), "--ledger", ledger,       "backtest", "optimize",  "--calls", calls,
            "--candles",        candles,    "--interval", "1m",       "--no-index"};
        for (const std::string& space : spaces) {
            argv.insert(argv.end(), {"--space", space});
        }
        ASSIGN_OR_RETURN(const ProcessUse use, run_process(argv));
        return Sample{.value = use.seconds, .peak_megabytes = use.peak_megabytes};
    };
    const std::array contenders = {
        Contender{"classic", [&] { return search({"classic"}); }},
        Contender{"all", [&] { return search({"classic", "combos", "daily"}); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    Figure figure{.what = fmt::format("optimize, {} calls, {} bars, 108 policies", count, kBars),
                  .durability = "process",
                  .value = medians[0].value,
                  .unit = Unit::kSeconds,
                  .target = at_most(1.5)};
    report.add(figure);
    figure.what = "  628 policies";
    figure.value = medians[1].value;
    figure.target = at_most(6);
    report.add(figure);
    return {};
}

}  // namespace daybook::bench
