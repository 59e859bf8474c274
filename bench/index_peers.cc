#include "index_peers.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "child.h"
#include "duck/database.h"
#include "duck/sql.h"
#include "index/index_layout.h"

namespace daybook::bench {
namespace {

constexpr std::string_view kLogColumns = R"({
    event_type: 'VARCHAR', event_id: 'VARCHAR', timestamp_ms: 'BIGINT', run_id: 'VARCHAR',
    run_type: 'VARCHAR', config: 'JSON', data_fingerprint: 'VARCHAR', name: 'VARCHAR',
    experiment: 'VARCHAR', parent_run_id: 'VARCHAR', tags: 'MAP(VARCHAR, VARCHAR)',
    environment: 'JSON', seed: 'BIGINT', attempt: 'BIGINT', owner: 'JSON', phase_name: 'VARCHAR',
    phase_order: 'BIGINT', iteration: 'BIGINT', duration_ms: 'BIGINT', output_summary: 'JSON',
    trial_id: 'VARCHAR', params: 'JSON', metrics: 'JSON', state: 'VARCHAR', feasible: 'BOOLEAN',
    violations: 'VARCHAR[]', error: 'JSON', artifact_type: 'VARCHAR', artifact_path: 'VARCHAR',
    size_bytes: 'BIGINT', sha256: 'VARCHAR', rows: 'BIGINT', format: 'VARCHAR', summary: 'JSON',
    artifact_paths: 'JSON'})";

// {0}, {1}: the maps.
constexpr std::string_view kTables = R"SQL(
CREATE TABLE runs_d AS
SELECT run_id, run_type, timestamp_ms AS created_at_ms, config, data_fingerprint, name, experiment,
       parent_run_id, environment, seed, event_id AS _event_id
FROM events WHERE event_type = 'run.created';
CREATE TABLE runs_status AS
SELECT run_id, min(timestamp_ms) FILTER (event_type = 'run.started') AS started_at_ms,
       max(timestamp_ms) FILTER (event_type = 'run.completed') AS completed_at_ms,
       max(summary) FILTER (event_type = 'run.completed') AS summary_json,
       CASE WHEN completed_at_ms IS NULL THEN 'running' ELSE 'completed' END AS status,
       max(attempt) AS attempt, max(artifact_paths) AS artifact_paths, max(owner) AS owner,
       max(timestamp_ms) AS last_event_ms,
       count(*) FILTER (event_type = 'trial.recorded') AS trials,
       count(*) FILTER (event_type = 'artifact.created') AS artifacts
FROM events GROUP BY run_id;
CREATE TABLE run_tags AS
SELECT run_id, unnest(map_keys(tags)) AS key, unnest(map_values(tags)) AS value,
       timestamp_ms AS set_at_ms, event_id AS _event_id
FROM events WHERE tags IS NOT NULL;
CREATE TABLE phase_timings AS
SELECT run_id, phase_name, phase_order,
       min(timestamp_ms) FILTER (event_type = 'phase.started') AS started_at_ms,
       max(timestamp_ms) FILTER (event_type = 'phase.completed') AS completed_at_ms,
       max(duration_ms) AS duration_ms, max(output_summary) AS output_summary_json,
       coalesce(iteration, 0) AS iteration,
       CASE WHEN completed_at_ms IS NULL THEN 'running' ELSE 'completed' END AS status
FROM events WHERE phase_name IS NOT NULL GROUP BY run_id, phase_name, phase_order, iteration;
CREATE TABLE trial_results AS
SELECT run_id, trial_id, timestamp_ms AS recorded_at_ms, params, metrics,
       coalesce(state, 'complete') AS state, feasible, violations, duration_ms,
       error AS error_json, {0} AS param_values, {1} AS metric_values, event_id AS _event_id
FROM events WHERE event_type = 'trial.recorded';
CREATE TABLE artifacts_catalog AS
SELECT run_id, artifact_type, artifact_path, size_bytes, timestamp_ms AS created_at_ms, sha256,
       rows, format, trial_id, event_id AS _event_id
FROM events WHERE event_type = 'artifact.created';
)SQL";

constexpr std::string_view kFewColumns = R"SQL(
CREATE TABLE runs_d AS
SELECT run_id, run_type, timestamp_ms AS created_at_ms, config, data_fingerprint
FROM events WHERE event_type = 'run.created';
CREATE TABLE runs_status AS
SELECT run_id, min(timestamp_ms) FILTER (event_type = 'run.started') AS started_at_ms,
       max(timestamp_ms) FILTER (event_type = 'run.completed') AS completed_at_ms,
       any_value(summary) FILTER (event_type = 'run.completed') AS summary_json
FROM events WHERE event_type IN ('run.started', 'run.completed') GROUP BY run_id;
CREATE TABLE phase_timings AS
SELECT run_id, phase_name, phase_order,
       min(timestamp_ms) FILTER (event_type = 'phase.started') AS started_at_ms,
       max(timestamp_ms) FILTER (event_type = 'phase.completed') AS completed_at_ms,
       max(duration_ms) AS duration_ms, any_value(output_summary) AS output_summary_json
FROM events WHERE phase_name IS NOT NULL GROUP BY run_id, phase_name, phase_order;
CREATE TABLE trial_results AS
SELECT run_id, trial_id, timestamp_ms AS recorded_at_ms, params, metrics
FROM events WHERE event_type = 'trial.recorded';
CREATE TABLE artifacts_catalog AS
SELECT run_id, artifact_type, artifact_path, size_bytes, timestamp_ms AS created_at_ms
FROM events WHERE event_type = 'artifact.created';
)SQL";

// The numbers of a JSON object, as the index has them.
std::string numbers_of(std::string_view column) {
    return fmt::format(
        "map_from_entries(list_filter(map_entries(from_json({}, '\"MAP(VARCHAR, DOUBLE)\"')), "
        "lambda e: e.value IS NOT NULL))",
        column);
}

std::string files_of(const std::string& ledger) {
    return duck::quote_literal(ledger + "/events/*/*.jsonl");
}

Status expect_trials(duck::Connection& connection, const std::string& table, std::size_t events) {
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query("SELECT count(*) FROM " + table));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    // Of a thousand events 984 are trials; a run at the end may be cut short.
    const std::uint64_t trials = found ? rows.get_uint64(0) : 0;
    if (trials <= events && trials >= events / 1000 * 984) return {};
    return fail(ErrorCode::kInternal, "{} has {} rows for {} events", table, trials, events);
}

// Runs `sql` on a new database and closes it.
Result<Sample> run_script(const Workspace& workspace, const std::string& sql, std::size_t events) {
    ASSIGN_OR_RETURN(const std::string path, workspace.fresh("peer.duckdb"));
    return in_child([&]() -> Result<Sample> {
        const auto script = [&]() -> Status {
            ASSIGN_OR_RETURN(const duck::Database database,
                             duck::Database::open(path, {.any_order = true}));
            ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
            RETURN_IF_ERROR(connection.execute(sql));
            RETURN_IF_ERROR(expect_trials(connection, "trial_results", events));
            return connection.execute("CHECKPOINT");
        };
        return seconds_of(script);
    });
}

Result<std::vector<std::string>> tables_of(duck::Connection& connection,
                                           const std::string& database) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection.query("SELECT table_name FROM duckdb_tables() WHERE database_name = $1",
                         {database}));
    std::vector<std::string> tables;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return tables;
        tables.emplace_back(rows.get_string(0));
    }
}

}  // namespace

Result<Sample> read_json_with_maps(const Workspace& workspace, const std::string& ledger,
                                   std::size_t events) {
    const std::string read = fmt::format(
        "CREATE TEMP TABLE events AS SELECT *, {} AS param_values, {} AS metric_values "
        "FROM read_json({}, format = 'newline_delimited', columns = {});",
        numbers_of("params"), numbers_of("metrics"), files_of(ledger), kLogColumns);
    return run_script(workspace,
                      read + fmt::format(fmt::runtime(kTables), "param_values", "metric_values"),
                      events);
}

Result<Sample> read_json_then_maps(const Workspace& workspace, const std::string& ledger,
                                   std::size_t events) {
    const std::string read = fmt::format(
        "CREATE TEMP TABLE events AS SELECT * "
        "FROM read_json({}, format = 'newline_delimited', columns = {});",
        files_of(ledger), kLogColumns);
    return run_script(
        workspace,
        read + fmt::format(fmt::runtime(kTables), numbers_of("params"), numbers_of("metrics")),
        events);
}

Result<Sample> read_json_auto(const Workspace& workspace, const std::string& ledger,
                              std::size_t events) {
    const std::string read = fmt::format(
        "CREATE TEMP TABLE events AS SELECT * FROM read_json_auto({});", files_of(ledger));
    return run_script(workspace, read + std::string(kFewColumns), events);
}

Result<Sample> copy_finished_tables(const Workspace& workspace, const std::string& ledger,
                                    std::size_t events) {
    ASSIGN_OR_RETURN(const std::string path, workspace.fresh("peer.duckdb"));
    const std::string snapshot = index::IndexLayout(ledger).snapshot_path();
    return in_child([&]() -> Result<Sample> {
        ASSIGN_OR_RETURN(const duck::Database database,
                         duck::Database::open_in_memory({.any_order = true}));
        ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
        RETURN_IF_ERROR(connection.execute(
            fmt::format("ATTACH {} AS finished (READ_ONLY)", duck::quote_literal(snapshot))));
        ASSIGN_OR_RETURN(const std::vector<std::string> tables, tables_of(connection, "finished"));
        for (const std::string& table : tables) {
            RETURN_IF_ERROR(connection.execute(
                fmt::format("CREATE TABLE memory.{0} AS FROM finished.{0}", table)));
        }
        const auto write = [&]() -> Status {
            RETURN_IF_ERROR(connection.execute(fmt::format(
                "ATTACH {} AS copy (STORAGE_VERSION 'v1.4.0')", duck::quote_literal(path))));
            for (const std::string& table : tables) {
                RETURN_IF_ERROR(connection.execute(
                    fmt::format("CREATE TABLE copy.{0} AS FROM memory.{0}", table)));
            }
            RETURN_IF_ERROR(expect_trials(connection, "copy.trial_results", events));
            return connection.execute("CHECKPOINT copy; DETACH copy");
        };
        return seconds_of(write);
    });
}

}  // namespace daybook::bench
