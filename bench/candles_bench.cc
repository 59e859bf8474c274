// Backtests from Parquet to recorded rows: how long they take, and how much memory.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "child.h"
#include "duck/database.h"
#include "duck/sql.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kBarsPerCall = 1'440;

// Minute bars of `symbols` symbols, and calls on them at even distances.
struct Market {
    std::size_t symbols = 0;
    std::size_t bars = 0;   // of each symbol
    std::size_t calls = 0;  // on each symbol
    std::size_t minutes_between_calls = 0;
};

struct Files {
    std::string candles;
    std::string calls;
};

// In a child, because nothing of DuckDB may be loaded here when others are measured.
Result<Files> make_files(const Workspace& workspace, std::string_view name, const Market& market) {
    Files files{.candles = workspace.path(fmt::format("{}.parquet", name)),
                .calls = workspace.path(fmt::format("{}.csv", name))};
    const auto make = [&]() -> Result<Sample> {
        ASSIGN_OR_RETURN(const duck::Database database, duck::Database::open_in_memory());
        ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
        RETURN_IF_ERROR(connection.execute(fmt::format(
            "COPY (SELECT 1704067200000 + i * 60000 AS timestamp, 'S' || s AS mint, p AS open, "
            "p * (1.002 + abs(r)) AS high, p * (0.998 - abs(r)) AS low, p * (1 + r) AS close, "
            "1000.0 + (i * 7919 + s) % 5000 AS volume FROM (SELECT s, i, "
            "100 * exp(0.3 * sin(i / 700.0 + s)) AS p, 0.01 * sin(i * 12.9898 + s * 78.233) AS r "
            "FROM range({}) t(s), range({}) u(i))) TO {} (FORMAT parquet)",
            market.symbols, market.bars, duck::quote_literal(files.candles))));
        RETURN_IF_ERROR(connection.execute(fmt::format(
            "COPY (SELECT 'c' || s || '-' || k AS id, 'u' || s % 10 AS caller, 'S' || s AS mint, "
            "1704067200000 + k * {} * 60000 AS created_at FROM range({}) t(s), range({}) u(k)) "
            "TO {} (HEADER)",
            market.minutes_between_calls, market.symbols, market.calls,
            duck::quote_literal(files.calls))));
        return Sample();
    };
    RETURN_IF_ERROR(in_child(make));
    return files;
}

// `daybook backtest path-only`, start to exit, on a ledger of its own.
Result<Sample> run_path_only(const Workspace& workspace, const Files& files) {
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
    ASSIGN_OR_RETURN(
        const ProcessUse use,
        run_process({program("daybook"), "--ledger", ledger, "backtest", "path-only", "--calls",
                     files.calls, "--candles", files.candles, "--interval", "1m", "--max-hold",
                     fmt::format("{}", kBarsPerCall), "--no-index"}));
    return Sample{.value = use.seconds, .peak_megabytes = use.peak_megabytes};
}

// The raw limit: DuckDB joins calls and bars, and takes the highest high and the lowest low.
Result<Sample> extremes_in_sql(const Files& files) {
    return in_child([&]() -> Result<Sample> {
        const auto query = [&]() -> Status {
            ASSIGN_OR_RETURN(const duck::Database database, duck::Database::open_in_memory());
            ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
            return connection.execute(fmt::format(
                "CREATE TABLE paths AS SELECT c.id, max(b.high), min(b.low), min_by(b.close, "
                "b.timestamp) FROM read_csv({}) c JOIN read_parquet({}) b ON b.mint = c.mint AND "
                "b.timestamp // 86400000 BETWEEN c.created_at // 86400000 AND "
                "c.created_at // 86400000 + 1 AND b.timestamp >= c.created_at AND "
                "b.timestamp < c.created_at + {} GROUP BY c.id",
                duck::quote_literal(files.calls), duck::quote_literal(files.candles),
                kBarsPerCall * 60'000));
        };
        return seconds_of(query);
    });
}

Result<std::vector<Sample>> measure(const Workspace& workspace, const Settings& settings,
                                    const Files& files) {
    const std::array contenders = {
        Contender{"path-only", [&] { return run_path_only(workspace, files); }},
        Contender{"DuckDB", [&] { return extremes_in_sql(files); }},
    };
    return take_turns(contenders, settings.rounds);
}

Status measure_path_only(const Workspace& workspace, const Settings& settings, Report& report,
                         const Market& market, std::string what, Target target) {
    ASSIGN_OR_RETURN(const Files files, make_files(workspace, "market", market));
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, measure(workspace, settings, files));
    report.add({.what = std::move(what),
                .value = medians[0].value,
                .unit = Unit::kSeconds,
                .peer = "DuckDB, extremes alone",
                .peer_value = medians[1].value,
                .target = target});
    return {};
}

}  // namespace

Status bench_path_only(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t symbols = settings.scaled(100);
    RETURN_IF_ERROR(measure_path_only(
        workspace, settings, report,
        {.symbols = symbols, .bars = 15'840, .calls = 100, .minutes_between_calls = 144},
        fmt::format("path-only, {} calls of {} bars", symbols * 100, kBarsPerCall), at_most(2)));
    // As much to scan, but ten times the bars to read, to hash and to store.
    return measure_path_only(workspace, settings, report,
                             {.symbols = 10 * symbols,
                              .bars = 10 * kBarsPerCall,
                              .calls = 10,
                              .minutes_between_calls = kBarsPerCall},
                             "  no two of whose windows overlap", {});
}

Status bench_candles_memory(const Workspace& workspace, const Settings& settings, Report& report) {
    const Market market{.symbols = settings.scaled(500),
                        .bars = 100'000,
                        .calls = 1,
                        .minutes_between_calls = kBarsPerCall};
    ASSIGN_OR_RETURN(const Files files, make_files(workspace, "history", market));
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, measure(workspace, settings, files));
    report.add({.what = fmt::format("peak memory, {} calls, {} bars on disk",
                                    market.symbols * market.calls, market.symbols * market.bars),
                .value = medians[0].peak_megabytes,
                .unit = Unit::kMegabytes,
                .peer = "DuckDB, extremes alone",
                .peer_value = medians[1].peak_megabytes,
                .target = at_most(1'000)});
    report.add({.what = "  time",
                .value = medians[0].value,
                .unit = Unit::kSeconds,
                .peer = "DuckDB, extremes alone",
                .peer_value = medians[1].value});
    return {};
}

}  // namespace daybook::bench
