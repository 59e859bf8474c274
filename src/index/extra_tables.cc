#include "index/extra_tables.h"

#include <fmt/format.h>

#include "duck/sql.h"
#include "index/event_key.h"
#include "index/index_state.h"
#include "index/tables.h"
#include "os/file.h"

namespace daybook::index {
namespace {

std::string sources_sql(const AttachedExtras& attached) {
    std::string sql =
        "CREATE TABLE _legacy.sources (position BIGINT, name VARCHAR, cutover DATE, "
        "digest VARCHAR, import_id VARCHAR, reading VARCHAR, copied_at_ms BIGINT);\n";
    for (std::size_t i = 0; i < attached.indexes.size(); ++i) {
        const AttachedExtra& extra = attached.indexes[i];
        const std::string cutover = extra.index.cutover
                                        ? fmt::format("DATE '{}'", to_string(*extra.index.cutover))
                                        : std::string("NULL");
        sql += fmt::format("INSERT INTO _legacy.sources VALUES ({}, {}, {}, {}, {}, {}, {});\n", i,
                           duck::quote_literal(extra.index.name), cutover,
                           duck::quote_literal(extra.digest),
                           duck::quote_literal(extra.index.import_id),
                           duck::quote_literal(extra.index.reading), extra.index.copied_at_ms);
    }
    return sql;
}

std::string rows_of(const AttachedExtra& extra, std::string_view table) {
    return fmt::format("SELECT *, {} AS _source FROM {}.main.{}",
                       duck::quote_literal(extra.index.name), extra.catalog, table);
}

// Copies the rows of those that are not in `unchanged`.
std::string insert_sql(const AttachedExtras& attached, const std::set<std::string>& unchanged) {
    std::string sql;
    for (const AttachedExtra& extra : attached.indexes) {
        if (unchanged.contains(extra.index.name)) continue;
        for (const Table table : kTables) {
            const std::string_view name = spec(table).name;
            sql += fmt::format("INSERT INTO _legacy.{} {};\n", name, rows_of(extra, name));
        }
    }
    return sql;
}

// Attaches one; nullopt: it cannot be used, and a note says why.
Result<std::optional<AttachedExtra>> attach_one(duck::Connection& connection,
                                                const ExtraIndex& index, std::string catalog,
                                                AttachedExtras& attached) {
    const auto leave_out = [&](std::string_view why) {
        attached.notes.push_back(
            fmt::format("the runs of {} are left out: {}: {}", index.name, index.snapshot, why));
        return std::optional<AttachedExtra>();
    };
    const Status opened = connection.execute(
        fmt::format("ATTACH {} AS {} (READ_ONLY)", duck::quote_literal(index.snapshot), catalog));
    if (!opened) {
        const ErrorCode code = opened.error().code();
        if (code == ErrorCode::kUnsupported || code == ErrorCode::kCancelled) {
            return fail(opened.error());
        }
        ASSIGN_OR_RETURN(const bool is_there, os::exists(index.snapshot));
        attached.has_gone = attached.has_gone || !is_there;
        return leave_out(opened.error().message());
    }
    const Result<IndexMeta> meta = read_index_meta(connection, catalog + ".main.");
    const std::string problem =
        !meta ? meta.error().message()
        : meta->format != kIndexFormat
            ? fmt::format("the tables have format {}, this program reads {}", meta->format,
                          kIndexFormat)
            : std::string();
    if (!problem.empty()) {
        RETURN_IF_ERROR(connection.execute("DETACH " + catalog));
        return leave_out(problem);
    }
    return AttachedExtra{index, std::move(catalog), meta->digest};
}

constexpr std::string_view kChoiceTables = R"SQL(
CREATE OR REPLACE TABLE _legacy.shared_runs (run_id VARCHAR, in_log BOOLEAN, first_source VARCHAR,
    log_created_at_ms BIGINT, legacy_created_at_ms BIGINT, only_described BOOLEAN,
    only_imported BOOLEAN, source VARCHAR);
CREATE OR REPLACE TABLE _legacy.hidden_in_log (run_id VARCHAR);
CREATE OR REPLACE TABLE _legacy.hidden_in_legacy (run_id VARCHAR, _source VARCHAR);
CREATE OR REPLACE TABLE _legacy.tag_choice (run_id VARCHAR, key VARCHAR, is_legacy BOOLEAN);
CREATE OR REPLACE TABLE _legacy.described (run_id VARCHAR, deleted BOOLEAN, _deleted_ms BIGINT,
    _deleted_id VARCHAR, _environment JSON, _environment_ms BIGINT, _environment_id VARCHAR,
    last_event_ms BIGINT);
)SQL";

// The runs that more than one store has, with the first source that has them: they are few, and
// everything else is joined with them.
constexpr std::string_view kOfOneSource = R"SQL(
CREATE OR REPLACE TABLE _legacy.shared_ids AS
SELECT r.run_id, 0 AS position FROM _legacy.runs_status r JOIN {0} l ON l.run_id = r.run_id;
)SQL";
constexpr std::string_view kOfSeveralSources = R"SQL(
CREATE OR REPLACE TABLE _legacy.shared_ids AS
SELECT r.run_id, r.position
FROM (SELECT run_id, min(c.position) AS position, count(*) AS stores
      FROM _legacy.runs_status JOIN _legacy.sources c ON c.name = _source GROUP BY run_id) r
LEFT JOIN {0} l ON l.run_id = r.run_id
WHERE l.run_id IS NOT NULL OR r.stores > 1;
)SQL";

// Sources of which the log does not have all: an import of them is under way, was stopped, or has
// been overtaken by the file.  An import that has read the same file in the same way, later than
// the source did, which takes its time with large ones, has all of it, too.
constexpr std::string_view kUnfinishedSql = R"SQL(
CREATE OR REPLACE TABLE _legacy.unfinished AS
SELECT name FROM _legacy.sources s
WHERE s.import_id <> '' AND NOT EXISTS (
    SELECT 1
    FROM (SELECT event_id, {1} AS p FROM {0}
          WHERE event_type = 'ledger.imported') c
    WHERE c.event_id = s.import_id
       OR (json_extract_string(c.p, '$.source_name') = s.name
           AND json_extract_string(c.p, '$.reading') = s.reading
           AND TRY_CAST(json_extract_string(c.p, '$.copied_at_ms') AS BIGINT) >= s.copied_at_ms));
CREATE OR REPLACE TABLE _legacy.half_imported (run_id VARCHAR, is_created BOOLEAN);
)SQL";

// The shared runs that the log has by an import of such a source alone.
constexpr std::string_view kHalfImportedSql = R"SQL(
INSERT INTO _legacy.half_imported
SELECT i.run_id, d.run_id IS NOT NULL
FROM _legacy.shared_ids i
JOIN {0} l ON l.run_id = i.run_id
LEFT JOIN {1} d ON d.run_id = i.run_id
WHERE (l._started_id IS NULL OR {2}) AND CASE WHEN d.run_id IS NULL THEN l._active ELSE {3} AND
    json_extract_string({4}, '$.imported_from.source') IN (SELECT name FROM _legacy.unfinished)
    END;
)SQL";

// A run that was neither created nor started may yet have trials of the log's own.
constexpr std::string_view kOwnTrialsSql = R"SQL(
DELETE FROM _legacy.half_imported h USING {0} t
WHERE NOT h.is_created AND t.run_id = h.run_id AND NOT {1};
)SQL";

// By the log's created time, else the legacy one: a UTC day before the cut-over → legacy, else the
// log.  A log that has only descriptions of a run (tags, notes, a deletion) has not recorded it,
// and one that has it half by an import has not recorded it yet.
constexpr std::string_view kSharedRunsSql = R"SQL(
INSERT INTO _legacy.shared_runs
SELECT i.run_id, l.run_id IS NOT NULL AS in_log, c.name, d.created_at_ms, e.created_at_ms,
       in_log AND NOT l._active AND d.run_id IS NULL AS only_described,
       h.run_id IS NOT NULL AS only_imported,
       CASE WHEN NOT in_log OR only_described OR only_imported THEN 'legacy'
            WHEN coalesce(d.created_at_ms, e.created_at_ms) < epoch_ms(c.cutover::TIMESTAMP)
            THEN 'legacy' ELSE 'event_log' END
FROM _legacy.shared_ids i
JOIN _legacy.sources c ON c.position = i.position
LEFT JOIN {0} l ON l.run_id = i.run_id
LEFT JOIN {1} d ON d.run_id = i.run_id
LEFT JOIN _legacy.half_imported h ON h.run_id = i.run_id
LEFT JOIN _legacy.runs_d e ON e.run_id = i.run_id AND e._source = c.name;

INSERT INTO _legacy.hidden_in_log
SELECT run_id FROM _legacy.shared_runs WHERE in_log AND source = 'legacy';

INSERT INTO _legacy.hidden_in_legacy
SELECT e.run_id, e._source
FROM _legacy.runs_status e JOIN _legacy.shared_runs s ON s.run_id = e.run_id
WHERE s.source = 'event_log' OR s.first_source <> e._source;
)SQL";

// Of what both say of a run for which a source answers, the later counts, as in the fold.
constexpr std::string_view kDescribedSql = R"SQL(
INSERT INTO _legacy.tag_choice
SELECT l.run_id, l.key,
       e.set_at_ms > l.set_at_ms OR (e.set_at_ms = l.set_at_ms AND e._event_id > l._event_id)
       AS is_legacy
FROM {0} l
JOIN _legacy.shared_runs s ON s.run_id = l.run_id AND s.in_log AND s.source = 'legacy'
JOIN _legacy.run_tags e ON e.run_id = l.run_id AND e.key = l.key AND e._source = s.first_source;

INSERT INTO _legacy.described
SELECT run_id,
       CASE WHEN is_later THEN l.deleted ELSE e.deleted END AS deleted,
       CASE WHEN is_later THEN l._deleted_ms ELSE e._deleted_ms END AS _deleted_ms,
       CASE WHEN is_later THEN l._deleted_id ELSE e._deleted_id END AS _deleted_id,
       CASE WHEN is_newer THEN l._environment ELSE e._environment END AS _environment,
       CASE WHEN is_newer THEN l._environment_ms ELSE e._environment_ms END AS _environment_ms,
       CASE WHEN is_newer THEN l._environment_id ELSE e._environment_id END AS _environment_id,
       CASE WHEN is_of_source THEN greatest(l.last_event_ms, e.last_event_ms)
            ELSE e.last_event_ms END AS last_event_ms
FROM (
    SELECT s.run_id, s.only_described OR s.only_imported AS is_of_source, l, e,
           l._deleted_id IS NOT NULL AND (e._deleted_id IS NULL OR l._deleted_ms > e._deleted_ms
               OR (l._deleted_ms = e._deleted_ms AND l._deleted_id > e._deleted_id)) AS is_later,
           is_of_source AND l._environment_id IS NOT NULL AND (e._environment_id IS NULL
               OR l._environment_ms > e._environment_ms
               OR (l._environment_ms = e._environment_ms
                   AND l._environment_id > e._environment_id)) AS is_newer
    FROM _legacy.shared_runs s
    JOIN {1} l ON l.run_id = s.run_id
    JOIN _legacy.runs_status e ON e.run_id = s.run_id AND e._source = s.first_source
    WHERE s.in_log AND s.source = 'legacy'
) both_rows;
)SQL";

Result<std::int64_t> count_rows(duck::Connection& connection, std::string_view rows) {
    ASSIGN_OR_RETURN(duck::Rows count,
                     connection.query(fmt::format("SELECT count(*) FROM _legacy.{}", rows)));
    ASSIGN_OR_RETURN(const bool found, count.next());
    return found ? count.get_int64(0) : 0;
}

// Fills _legacy.half_imported.  `rows` names those of a table of the log.
template <typename Rows>
Status find_half_imported(duck::Connection& connection, const Rows& rows) {
    RETURN_IF_ERROR(connection.execute(
        fmt::format(kUnfinishedSql, rows(Table::kCustom), duck::valid_json("payload"))));
    ASSIGN_OR_RETURN(const std::int64_t unfinished, count_rows(connection, "unfinished"));
    if (unfinished == 0) return {};
    RETURN_IF_ERROR(connection.execute(
        fmt::format(kHalfImportedSql, rows(Table::kStatus), rows(Table::kRuns),
                    is_imported_sql("l._started_id"), is_imported_sql("d._event_id"),
                    duck::valid_json("d.extra"))));
    ASSIGN_OR_RETURN(const std::int64_t not_created,
                     count_rows(connection, "half_imported WHERE NOT is_created"));
    if (not_created == 0) return {};
    return connection.execute(
        fmt::format(kOwnTrialsSql, rows(Table::kTrials), is_imported_sql("t._event_id")));
}

// Whether the tables that choose_runs() makes have rows: where they have none, which is the rule,
// no question pays for them.
struct Choice {
    bool hides_in_log = false;
    bool hides_in_legacy = false;
    bool chooses_tags = false;
};

Result<Choice> read_choice(duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query("SELECT EXISTS (FROM _legacy.hidden_in_log), "
                                      "EXISTS (FROM _legacy.hidden_in_legacy), "
                                      "EXISTS (FROM _legacy.tag_choice)"));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return fail(ErrorCode::kCorrupt, "read _legacy.hidden_in_log: no answer");
    return Choice{rows.get_bool(0), rows.get_bool(1), rows.get_bool(2)};
}

// The rows of the log that count.
std::string log_side(Table table, const std::string& rows, const Choice& choice) {
    std::string sql = "SELECT l.*";
    if (table == Table::kStatus) sql += ", NULL::VARCHAR AS _source";
    sql += fmt::format(" FROM {} l", rows);
    // What people have said of a run stays with it.
    if (table == Table::kNotes) return sql;
    if (table == Table::kTags) {
        if (!choice.chooses_tags) return sql;
        return sql +
               " ANTI JOIN (SELECT run_id, key FROM _legacy.tag_choice WHERE is_legacy) t "
               "ON t.run_id = l.run_id AND t.key = l.key";
    }
    if (!choice.hides_in_log) return sql;
    return sql + " ANTI JOIN _legacy.hidden_in_log h ON h.run_id = l.run_id";
}

// The rows of the sources that count.
std::string legacy_side(Table table, const std::string& log_rows, const Choice& choice) {
    std::string sql = "SELECT e.* EXCLUDE (_source)";
    std::string joins;
    if (table == Table::kStatus) {
        sql = "SELECT e.*";
        if (choice.hides_in_log) {
            sql += " REPLACE (";
            for (const char* column : {"deleted", "_deleted_ms", "_deleted_id", "_environment",
                                       "_environment_ms", "_environment_id", "last_event_ms"}) {
                sql += fmt::format("{0}CASE WHEN d.run_id IS NULL THEN e.{1} ELSE d.{1} END AS {1}",
                                   sql.ends_with('(') ? "" : ", ", column);
            }
            sql += ")";
            joins += " LEFT JOIN _legacy.described d ON d.run_id = e.run_id";
        }
    }
    if (choice.hides_in_legacy) {
        joins +=
            " ANTI JOIN _legacy.hidden_in_legacy h "
            "ON h.run_id = e.run_id AND h._source = e._source";
    }
    if (table == Table::kTags && choice.chooses_tags) {
        joins +=
            " ANTI JOIN (SELECT run_id, key FROM _legacy.tag_choice WHERE NOT is_legacy) t "
            "ON t.run_id = e.run_id AND t.key = e.key";
    }
    if (table == Table::kNotes && choice.hides_in_log) {
        joins += fmt::format(" ANTI JOIN {} n ON n.event_id = e.event_id", log_rows);
    }
    sql += fmt::format(" FROM _legacy.{} e{}", spec(table).name, joins);
    // What is said of the source's own ledger is no event of this one.
    if (table == Table::kCustom) sql += " WHERE e.run_id <> '_ledger'";
    return sql;
}

}  // namespace

Result<AttachedExtras> attach_extras(duck::Connection& connection,
                                     std::span<const ExtraIndex> indexes) {
    AttachedExtras attached;
    for (const ExtraIndex& index : indexes) {
        ASSIGN_OR_RETURN(std::optional<AttachedExtra> extra,
                         attach_one(connection, index,
                                    fmt::format("extra_{}", attached.indexes.size()), attached));
        if (extra) attached.indexes.push_back(std::move(*extra));
    }
    return attached;
}

Status detach_extras(duck::Connection& connection, const AttachedExtras& attached) {
    for (const AttachedExtra& extra : attached.indexes) {
        RETURN_IF_ERROR(connection.execute("DETACH " + extra.catalog));
    }
    return {};
}

Status create_extra_views(duck::Connection& connection, const AttachedExtras& attached) {
    std::string sql = "CREATE SCHEMA _legacy;\n" + sources_sql(attached);
    for (const Table table : kTables) {
        const std::string_view name = spec(table).name;
        std::string rows;
        for (const AttachedExtra& extra : attached.indexes) {
            rows += (rows.empty() ? "" : " UNION ALL ") + rows_of(extra, name);
        }
        sql += fmt::format("CREATE VIEW _legacy.{} AS {};\n", name, rows);
    }
    return connection.execute(sql);
}

Status create_extra_tables(duck::Connection& connection, const AttachedExtras& attached) {
    std::string sql = "CREATE SCHEMA _legacy;\n" + sources_sql(attached) +
                      create_fact_tables_sql("_legacy", "_source VARCHAR");
    return connection.execute(sql + insert_sql(attached, {}));
}

Status update_extra_tables(duck::Connection& connection, const AttachedExtras& sources,
                           const std::set<std::string>& unchanged) {
    std::string sql = "DROP TABLE _legacy.sources;\n" + sources_sql(sources);
    std::string kept = "''";
    for (const std::string& name : unchanged) kept += ", " + duck::quote_literal(name);
    for (const Table table : kTables) {
        sql += fmt::format("DELETE FROM _legacy.{} WHERE _source NOT IN ({});\n", spec(table).name,
                           kept);
    }
    return connection.execute(sql + insert_sql(sources, unchanged));
}

Status choose_runs(duck::Connection& connection, const LogRows& log_rows) {
    const auto rows = [&](Table table) { return log_rows(spec(table).name); };
    ASSIGN_OR_RETURN(const std::int64_t sources, count_rows(connection, "sources"));
    std::string sql(kChoiceTables);
    sql += sources == 1 ? fmt::format(kOfOneSource, rows(Table::kStatus))
                        : fmt::format(kOfSeveralSources, rows(Table::kStatus));
    RETURN_IF_ERROR(connection.execute(sql));
    ASSIGN_OR_RETURN(const std::int64_t shared, count_rows(connection, "shared_ids"));
    if (shared > 0) {
        RETURN_IF_ERROR(find_half_imported(connection, rows));
        RETURN_IF_ERROR(connection.execute(
            fmt::format(kSharedRunsSql, rows(Table::kStatus), rows(Table::kRuns)) +
            fmt::format(kDescribedSql, rows(Table::kTags), rows(Table::kStatus))));
    }
    return connection.execute(
        "DROP TABLE _legacy.shared_ids; DROP TABLE IF EXISTS _legacy.unfinished; "
        "DROP TABLE IF EXISTS _legacy.half_imported");
}

Result<std::string> union_views_sql(duck::Connection& connection, std::string_view prefix,
                                    const LogRows& log_rows) {
    ASSIGN_OR_RETURN(const Choice choice, read_choice(connection));
    std::string sql;
    for (const Table table : kTables) {
        const std::string_view name = spec(table).name;
        const std::string rows = log_rows(name);
        sql += fmt::format("CREATE OR REPLACE VIEW {}{} AS {} UNION ALL {};\n", prefix, name,
                           log_side(table, rows, choice), legacy_side(table, rows, choice));
    }
    return sql;
}

}  // namespace daybook::index
