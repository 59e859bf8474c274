// Importing an old DuckDB file.

#include <fcntl.h>

#include <array>
#include <string>

#include <fmt/format.h>

#include "crew.h"
#include "duck/database.h"
#include "duck/sql.h"
#include "ledger/ledger_dir.h"
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
        Contender{"scan and write", [&] {
                      return run_once([&](std::size_t) {
                          return scan_and_write(file, directory + "/bytes", bytes);
                      });
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
    return {};
}

}  // namespace daybook::bench
