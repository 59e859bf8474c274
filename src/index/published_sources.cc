#include "index/published_sources.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "index/extra_tables.h"
#include "index/index_state.h"
#include "index/tables.h"
#include "index/views.h"

namespace daybook::index {
namespace {

constexpr std::string_view kUnionPrefix = "_all_";

// What tells one state of a source from another.
struct SourceKey {
    std::string name;
    std::string cutover;
    std::string digest;
    bool operator==(const SourceKey&) const = default;
};
using SourceKeys = std::vector<SourceKey>;

Result<SourceKeys> read_keys(duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query("SELECT name, coalesce(cutover::VARCHAR, ''), digest "
                                      "FROM _legacy.sources ORDER BY position"));
    SourceKeys keys;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return keys;
        keys.push_back({std::string(rows.get_string(0)), std::string(rows.get_string(1)),
                        std::string(rows.get_string(2))});
    }
}

SourceKeys keys_of(const AttachedExtras& attached) {
    SourceKeys keys;
    for (const AttachedExtra& extra : attached.indexes) {
        keys.push_back({extra.index.name,
                        extra.index.cutover ? to_string(*extra.index.cutover) : "", extra.digest});
    }
    return keys;
}

// The sources of both whose rows are the same.
std::set<std::string> unchanged_of(const SourceKeys& before, const SourceKeys& after) {
    std::set<std::string> unchanged;
    for (const SourceKey& key : after) {
        const bool same = std::any_of(before.begin(), before.end(), [&](const SourceKey& other) {
            return other.name == key.name && other.digest == key.digest;
        });
        if (same) unchanged.insert(key.name);
    }
    return unchanged;
}

// The tables are the log's; an unqualified name is found beside the view.
std::string log_rows(std::string_view table) { return std::string(table); }

Status drop_sources(duck::Connection& connection) {
    std::string sql = create_views_sql();
    for (const Table table : kTables) {
        sql += fmt::format("DROP VIEW IF EXISTS {}{};\n", kUnionPrefix, spec(table).name);
    }
    return connection.execute(
        sql +
        "DROP SCHEMA IF EXISTS _legacy CASCADE;\n"
        "UPDATE index_meta SET sources = 0, cutover_date = NULL, built_at = NULL;\n");
}

Status choose(duck::Connection& connection) {
    RETURN_IF_ERROR(choose_runs(connection, log_rows));
    ASSIGN_OR_RETURN(const std::string united, union_views_sql(connection, kUnionPrefix, log_rows));
    return connection.execute(united + create_views_sql(kUnionPrefix, true) +
                              "UPDATE index_meta SET sources = (SELECT count(*) FROM "
                              "_legacy.sources), cutover_date = (SELECT cutover FROM "
                              "_legacy.sources WHERE position = 0), built_at = NULL;\n");
}

// What is to be done, in one transaction.
Status change(duck::Connection& connection, const AttachedExtras& attached,
              const SourceKeys& before, bool is_other) {
    if (!is_other) return choose(connection);
    if (attached.indexes.empty()) return drop_sources(connection);
    if (before.empty()) {
        RETURN_IF_ERROR(drop_sources(connection));
        RETURN_IF_ERROR(create_extra_tables(connection, attached));
        return choose(connection);
    }
    // A source that its owner writes to all the time does not cost the others' rows each time.
    RETURN_IF_ERROR(
        update_extra_tables(connection, attached, unchanged_of(before, keys_of(attached))));
    return choose(connection);
}

}  // namespace

Result<SourcesUpdate> update_sources(duck::Connection& connection,
                                     const std::optional<std::vector<ExtraIndex>>& wanted,
                                     bool log_changed) {
    SourcesUpdate update;
    ASSIGN_OR_RETURN(const IndexMeta meta, read_index_meta(connection));
    const bool has_some = meta.sources > 0;
    if (!has_some && (!wanted || wanted->empty())) return update;
    AttachedExtras attached;
    SourceKeys before;
    bool is_other = false;
    if (wanted) {
        ASSIGN_OR_RETURN(attached, attach_extras(connection, *wanted));
        if (has_some) {
            ASSIGN_OR_RETURN(before, read_keys(connection));
        }
        const bool keeps = has_some && attached.indexes.size() < wanted->size();
        for (const std::string& note : attached.notes) {
            update.notes.push_back(keeps ? note + "; the snapshot keeps what it had" : note);
        }
        is_other = !keeps && keys_of(attached) != before;
    }
    const bool is_needed = is_other || (has_some && log_changed);
    if (is_needed) {
        RETURN_IF_ERROR(connection.execute("BEGIN"));
        const Status changed = change(connection, attached, before, is_other);
        if (changed) {
            RETURN_IF_ERROR(connection.execute("COMMIT"));
            update.is_changed = is_other;
        } else {
            RETURN_IF_ERROR(connection.execute("ROLLBACK"));
            // What is wrong with a source may not cost the log its snapshot.
            const ErrorCode code = changed.error().code();
            const bool is_sources =
                is_other && (code == ErrorCode::kCorrupt || code == ErrorCode::kIo);
            if (!is_sources) return fail(changed.error().with_context("publish sources"));
            update.notes.push_back(
                fmt::format("the snapshot keeps the runs of sources that it had: "
                            "{}",
                            changed.error().message()));
        }
    }
    RETURN_IF_ERROR(detach_extras(connection, attached));
    return update;
}

Status create_published_views(duck::Connection& connection) {
    std::string sql = "CREATE VIEW index_meta AS FROM snapshot.main.index_meta;\n";
    for (const std::string_view table : table_names()) {
        sql += fmt::format("CREATE VIEW {0} AS FROM snapshot.main.{1}{0};\n", table,
                           is_fact_table(table) ? kUnionPrefix : "");
    }
    return connection.execute(sql + create_views_sql({}, true));
}

}  // namespace daybook::index
