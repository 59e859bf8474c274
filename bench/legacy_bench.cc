// Importing an old DuckDB file, again too, and answering for one that lives on.

#include <fcntl.h>

#include <array>
#include <string>

#include <fmt/format.h>

#include "crew.h"
#include "duck/database.h"
#include "duck/sql.h"
#include "ledger/ledger_dir.h"
#include "legacy/cache.h"
#include "legacy/import_file.h"
#include "log/scan.h"
#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kLegacyTrials = 1'000'000;

// A thousand trials a run, four columns of numbers, parameters as JSON text.
Status make_old_file(const std::string& path, std::size_t trials) {
    ASSIGN_OR_RETURN(const duck::Database database, duck::Database::open(path));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    return connection.execute(fmt::format(
        "CREATE SCHEMA optimizer; CREATE TABLE optimizer.trials_f AS SELECT 'run-' || i // 1000 AS "
        "run_id, 't' || i AS trial_id, 1760000000000 + i * 50 AS created_at_ms, "
        "'{{\"stop\": ' || (i % 100) / 1000.0 || ', \"take\": ' || i % 7 || '}}' AS params_json, "
        "sin(i) AS sharpe, cos(i) AS mean_return, i % 50 AS trades FROM range({}) t(i)",
        trials));
}

Status import_all(const std::string& ledger, const std::string& file, std::size_t trials) {
    RETURN_IF_ERROR(os::remove_tree(ledger));
    ASSIGN_OR_RETURN(const legacy::ImportReport report,
                     legacy::import_file(ledger::LedgerDir(ledger), file, {}));
    if (report.written == trials) return {};
    return fail(ErrorCode::kInternal, "the import wrote {} events, expected {}", report.written,
                trials);
}

Status import_again(const std::string& ledger, const std::string& file, std::size_t trials) {
    ASSIGN_OR_RETURN(const legacy::ImportReport report,
                     legacy::import_file(ledger::LedgerDir(ledger), file, {}));
    if (report.written == 0 && report.known == trials) return {};
    return fail(ErrorCode::kInternal, "the second import wrote {} events and knew {}, expected {}",
                report.written, report.known, trials);
}

legacy::Cache cache_of(const std::string& ledger, const std::string& file) {
    return {ledger::LedgerDir(ledger), legacy::Source{.name = "old", .path = file}};
}

// Brings the cache up to date, whatever that takes.
Status refresh(const std::string& ledger, const std::string& file) {
    return cache_of(ledger, file).refresh({.at_once = true}).map([](const auto&) {});
}

Status add_rows(const std::string& file) {
    ASSIGN_OR_RETURN(const duck::Database database, duck::Database::open(file));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    return connection.execute(
        "INSERT INTO optimizer.trials_f SELECT 'run-1', 'new' || uuid(), "
        "1760000000000 + i, '{}', 1.5, 2.5, 3 FROM range(10) t(i)");
}

// What a file costs that is attached and lives on.
Status bench_attached(const std::string& directory, std::size_t trials, int rounds,
                      Report& report) {
    const std::string file = directory + "/live.duckdb";
    const std::string ledger = directory + "/live";
    RETURN_IF_ERROR(make_old_file(file, trials));
    RETURN_IF_ERROR(refresh(ledger, file));
    const std::array contenders = {
        Contender{"ten rows more",
                  [&]() -> Result<Sample> {
                      RETURN_IF_ERROR(add_rows(file));
                      return run_once([&](std::size_t) { return refresh(ledger, file); });
                  }},
        Contender{"unchanged", [&] {
                      return run_once([&](std::size_t) { return refresh(ledger, file); }, 10);
                  }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, rounds));
    report.add({.what = "refresh of an attached file with 10 rows more",
                .value = medians[0].value / 1e6,
                .unit = Unit::kSeconds});
    report.add({.what = "look at an attached file that is as it was",
                .value = medians[1].value,
                .unit = Unit::kMicroseconds});
    return {};
}

// The raw limit: DuckDB sorts and scans all columns, and as many bytes as the import wrote are
// written and synced.
Status scan_and_write(const std::string& file, const std::string& target, std::uint64_t bytes) {
    ASSIGN_OR_RETURN(const duck::Database database,
                     duck::Database::open(file, {.read_only = true}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(duck::Rows rows, connection.stream("SELECT * FROM optimizer.trials_f "
                                                        "ORDER BY created_at_ms"));
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(target, O_WRONLY | O_CREAT | O_TRUNC));
    const std::string piece(std::size_t{1} << 20, 'x');
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next_chunk());
        if (!more) break;
    }
    for (std::uint64_t written = 0; written < bytes; written += piece.size()) {
        const os::WriteOutcome outcome = os::write_all(fd.get(), piece, target);
        if (outcome.error) return fail(*outcome.error);
    }
    return os::sync_data(fd.get(), target);
}

}  // namespace

Status bench_legacy(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t trials = settings.scaled(kLegacyTrials);
    ASSIGN_OR_RETURN(const std::string directory, workspace.fresh("legacy"));
    RETURN_IF_ERROR(os::make_dirs(directory));
    const std::string file = directory + "/old.duckdb";
    RETURN_IF_ERROR(make_old_file(file, trials));
    const std::string ledger = directory + "/ledger";
    RETURN_IF_ERROR(import_all(ledger, file, trials));
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(log::Layout(ledger)));
    std::uint64_t bytes = 0;
    for (const log::PartInfo& part : parts) bytes += part.size.value();

    const std::array contenders = {
        Contender{"import",
                  [&] {
                      return run_once(
                          [&](std::size_t) { return import_all(ledger, file, trials); });
                  }},
        Contender{"scan and write",
                  [&] {
                      return run_once([&](std::size_t) {
                          return scan_and_write(file, directory + "/bytes", bytes);
                      });
                  }},
        Contender{"again", [&]() -> Result<Sample> {
                      // Its rows are indexed by the first that asks.
                      RETURN_IF_ERROR(import_again(ledger, file, trials));
                      return run_once(
                          [&](std::size_t) { return import_again(ledger, file, trials); });
                  }}};
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const auto per_second = [trials](const Sample& sample) {
        return static_cast<double>(trials) * 1e6 / sample.value;
    };
    report.add({.what = "import of an old file, rows",
                .value = per_second(medians[0]),
                .unit = Unit::kPerSecond,
                .peer = "DuckDB's sorted scan, and writing the same bytes",
                .peer_value = per_second(medians[1]),
                .target = at_least(150'000)});
    report.add({.what = "import of the same file again, rows", .value = per_second(medians[2])});
    return bench_attached(directory, trials, settings.rounds, report);
}

}  // namespace daybook::bench
