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
    std::string import_id;
    bool operator==(const SourceKey&) const = default;
};
using SourceKeys = std::vector<SourceKey>;

Result<SourceKeys> read_keys(duck::Connection& connection) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection.query("SELECT name, coalesce(cutover::VARCHAR, ''), digest, import_id "
                         "FROM _legacy.sources ORDER BY position"));
    SourceKeys keys;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return keys;
        keys.push_back({std::string(rows.get_string(0)), std::string(rows.get_string(1)),
                        std::string(rows.get_string(2)), std::string(rows.get_string(3))});
    }
}

SourceKeys keys_of(const AttachedExtras& sources) {
    SourceKeys keys;
    for (const AttachedExtra& extra : sources.indexes) {
        keys.push_back({extra.index.name,
                        extra.index.cutover ? to_string(*extra.index.cutover) : "", extra.digest,
                        extra.index.import_id});
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

// Those of `wanted` that are attached, and those that are not and whose rows are there from before:
// a source that cannot be read stays as it was, and keeps no other one back.
AttachedExtras sources_of(const std::vector<ExtraIndex>& wanted, const AttachedExtras& attached,
                          const SourceKeys& before) {
    AttachedExtras sources;
    auto next = attached.indexes.begin();
    auto note = attached.notes.begin();
    for (const ExtraIndex& index : wanted) {
        if (next != attached.indexes.end() && next->index.name == index.name) {
            sources.indexes.push_back(*next++);
            continue;
        }
        std::string why = *note++;
        const auto kept = std::find_if(before.begin(), before.end(), [&](const SourceKey& key) {
            return key.name == index.name;
        });
        if (kept != before.end()) {
            sources.indexes.push_back({.index = index, .catalog = {}, .digest = kept->digest});
            why += "; the snapshot keeps what it had of it";
        }
        sources.notes.push_back(std::move(why));
    }
    return sources;
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
Status change(duck::Connection& connection, const AttachedExtras& sources, const SourceKeys& before,
              bool is_other) {
    if (!is_other) return choose(connection);
    if (sources.indexes.empty()) return drop_sources(connection);
    if (before.empty()) {
        RETURN_IF_ERROR(drop_sources(connection));
        RETURN_IF_ERROR(create_extra_tables(connection, sources));
        return choose(connection);
    }
    // A source that its owner writes to all the time does not cost the others' rows each time.
    RETURN_IF_ERROR(
        update_extra_tables(connection, sources, unchanged_of(before, keys_of(sources))));
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
    AttachedExtras sources;
    SourceKeys before;
    bool is_other = false;
    if (wanted) {
        ASSIGN_OR_RETURN(attached, attach_extras(connection, *wanted));
        if (has_some) {
            ASSIGN_OR_RETURN(before, read_keys(connection));
        }
        sources = sources_of(*wanted, attached, before);
        update.notes = sources.notes;
        is_other = keys_of(sources) != before;
    }
    const bool is_needed = is_other || (has_some && log_changed);
    if (is_needed) {
        RETURN_IF_ERROR(connection.execute("BEGIN"));
        const Status changed = change(connection, sources, before, is_other);
        if (changed) {
            RETURN_IF_ERROR(connection.execute("COMMIT"));
            update.is_changed = is_other;
        } else {
            RETURN_IF_ERROR(connection.execute("ROLLBACK"));
            // What is wrong with a source may not cost the log its snapshot.
            const ErrorCode code = changed.error().code();
            const bool is_builds = code == ErrorCode::kCancelled || code == ErrorCode::kNoSpace ||
                                   code == ErrorCode::kUnsupported;
            if (is_builds) return fail(changed.error().with_context("publish sources"));
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
