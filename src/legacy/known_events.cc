#include "legacy/known_events.h"

#include <fmt/format.h>

#include "duck/database.h"
#include "duck/sql.h"
#include "index/builder.h"
#include "index/event_key.h"
#include "ledger/ledger_dir.h"
#include "ledger/retained_events.h"
#include "os/file.h"

namespace daybook::legacy {
namespace {

constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{512} << 20;

// Keys of ids that are none of version 7 are marked as version 8.
constexpr std::string_view kIds = "FROM index_events WHERE substr(id::VARCHAR, 15, 1) = '8'";

Result<SortedIds> read_ids(duck::Connection& connection, const std::string& directory) {
    ASSIGN_OR_RETURN(duck::Rows count, connection.query(fmt::format("SELECT count(*) {}", kIds)));
    ASSIGN_OR_RETURN(const bool has_count, count.next());
    const std::int64_t ids = has_count ? count.get_int64(0) : 0;
    // A first import asks no more than this.
    if (ids == 0) return SortedIds();
    ASSIGN_OR_RETURN(SortedIds::Writer writer,
                     SortedIds::Writer::open(directory, static_cast<std::uint64_t>(ids)));
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.stream(fmt::format("SELECT id, content {} ORDER BY id", kIds)));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return writer.finish();
        const duck::Column::Uint128 id = rows.get_uint128(0);
        RETURN_IF_ERROR(writer.add({id.high, id.low}, rows.get_uint64(1)));
    }
}

Result<std::unordered_set<std::string>> read_runs(duck::Connection& connection,
                                                  const std::string& sql) {
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query(sql));
    std::unordered_set<std::string> runs;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return runs;
        runs.emplace(rows.get_string(0));
    }
}

std::string own_runs_sql() {
    return fmt::format(
        "SELECT run_id FROM runs_d WHERE NOT {} UNION SELECT run_id FROM runs_status "
        "WHERE _started_id IS NOT NULL AND NOT {}",
        index::is_imported_sql("_event_id"), index::is_imported_sql("_started_id"));
}

std::string removed_runs_sql() {
    return fmt::format(
        "SELECT DISTINCT run FROM (SELECT unnest(json_extract_string({}, '$.runs[*]')) AS run FROM "
        "custom_events WHERE event_type = '{}') WHERE run IS NOT NULL",
        duck::valid_json("payload"), ledger::kRetainedType);
}

Result<std::unordered_map<std::string, std::string>> read_imported_runs(
    duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query(fmt::format(
                         "SELECT run_id, s FROM (SELECT run_id, json_extract_string({}, "
                         "'$.imported_from.source') AS s FROM runs_d WHERE {}) "
                         "WHERE s IS NOT NULL",
                         duck::valid_json("extra"), index::is_imported_sql("_event_id"))));
    std::unordered_map<std::string, std::string> runs;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return runs;
        runs.emplace(rows.get_string(0), rows.get_string(1));
    }
}

Result<std::unordered_map<std::string, TimestampMs>> read_ends(duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query(fmt::format(
                         "SELECT run_id, ended_at_ms FROM runs_status WHERE _end_id IS NOT NULL "
                         "AND json_extract_string({}, '$.imported_from.of_run') = 'last'",
                         duck::valid_json("extra"))));
    std::unordered_map<std::string, TimestampMs> ends;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return ends;
        ends.emplace(rows.get_string(0), TimestampMs(rows.get_int64(1)));
    }
}

Result<std::vector<ImportedFile>> read_imported_files(duck::Connection& connection) {
    const std::string payload = duck::valid_json("payload");
    const auto member = [&](const char* name) {
        return fmt::format("coalesce(json_extract_string({}, '$.{}'), '')", payload, name);
    };
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection.query(fmt::format("SELECT DISTINCT {}, {}, {} FROM custom_events WHERE "
                                     "event_type = 'ledger.imported' ORDER BY ALL",
                                     member("source_name"), member("source"), member("sha256"))));
    std::vector<ImportedFile> files;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return files;
        files.push_back({.source_name = std::string(rows.get_string(0)),
                         .path = std::string(rows.get_string(1)),
                         .sha256 = std::string(rows.get_string(2))});
    }
}

}  // namespace

Result<KnownEvents> KnownEvents::open(const std::string& root,
                                      const std::function<bool()>& keep_on) {
    const ledger::LedgerDir dir(root);
    KnownEvents known;
    ASSIGN_OR_RETURN(const bool has_log, os::exists(dir.layout().events_dir()));
    if (!has_log) return known;
    index::BuildOptions build;
    if (keep_on) build.progress = [&keep_on](const index::BuildProgress&) { return keep_on(); };
    const Result<index::BuildReport> built = index::build(root, build);
    if (!built) return fail(built.error().with_context("look which events are there"));
    const std::string spill = dir.index_dir() + "/known.spill";
    RETURN_IF_ERROR(os::remove_tree(spill));
    ASSIGN_OR_RETURN(const duck::Database database,
                     duck::Database::open(built->snapshot, {.read_only = true,
                                                            .memory_bytes_max = kMemoryBytesMax,
                                                            .temp_directory = spill}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(known.ids_, read_ids(connection, dir.index_dir()));
    ASSIGN_OR_RETURN(known.own_runs_, read_runs(connection, own_runs_sql()));
    ASSIGN_OR_RETURN(known.removed_runs_, read_runs(connection, removed_runs_sql()));
    ASSIGN_OR_RETURN(known.imported_runs_, read_imported_runs(connection));
    ASSIGN_OR_RETURN(known.ends_, read_ends(connection));
    ASSIGN_OR_RETURN(known.imported_files_, read_imported_files(connection));
    return known;
}

}  // namespace daybook::legacy
