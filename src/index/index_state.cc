#include "index/index_state.h"

#include <set>

#include <fmt/format.h>

#include "index/tables.h"
#include "index/views.h"

namespace daybook::index {
namespace {

// Raised whenever the same events may come to other rows.
constexpr int kFoldVersion = 1;

}  // namespace

std::string builder_version() { return fmt::format("fold {}", kFoldVersion); }

Status create_index(duck::Connection& connection, Generation generation,
                    const std::string& upcasters) {
    RETURN_IF_ERROR(connection.execute(create_tables_sql()));
    RETURN_IF_ERROR(connection.execute(create_views_sql()));
    RETURN_IF_ERROR(connection.query(
        "INSERT INTO index_meta VALUES ($1, $2, NULL, $3, $4, NULL, $5, 0)",
        {kIndexFormat, generation.value(), builder_version(), Hash128().to_hex(), upcasters}));
    return {};
}

Result<IndexMeta> read_index_meta(duck::Connection& connection, const std::string& catalog) {
    // The format alone first: tables of another format may lack the other columns.
    ASSIGN_OR_RETURN(duck::Rows format,
                     connection.query(fmt::format("SELECT format FROM {}index_meta", catalog)));
    ASSIGN_OR_RETURN(const bool found, format.next());
    if (!found) return fail(ErrorCode::kCorrupt, "read index_meta: it is empty");
    IndexMeta meta;
    meta.format = static_cast<int>(format.get_int64(0));
    if (meta.format != kIndexFormat) return meta;
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query(fmt::format("SELECT generation, built_at IS NOT NULL, "
                                                  "builder_version, upcasters, digest, sources "
                                                  "FROM {}index_meta",
                                                  catalog)));
    ASSIGN_OR_RETURN(const bool found_again, rows.next());
    if (!found_again) return fail(ErrorCode::kCorrupt, "read index_meta: it is empty");
    meta.generation = Generation(rows.get_uint64(0));
    meta.is_published = rows.get_bool(1);
    meta.builder_version = rows.get_string(2);
    meta.upcasters = rows.get_string(3);
    meta.digest = rows.get_string(4);
    meta.sources = rows.get_uint64(5);
    return meta;
}

Result<std::vector<PartState>> read_index_parts(duck::Connection& connection,
                                                const std::string& catalog) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection.query(fmt::format("SELECT part, bytes, lines, first_offset, first_checksum, "
                                     "last_offset, last_checksum, damaged, \"foreign\", rewrites "
                                     "FROM {}index_parts ORDER BY part",
                                     catalog)));
    std::vector<PartState> parts;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return parts;
        parts.push_back({std::string(rows.get_string(0)), rows.get_uint64(1), rows.get_uint64(2),
                         rows.get_uint64(3), rows.get_uint64(4), rows.get_uint64(5),
                         rows.get_uint64(6), rows.get_uint64(7), rows.get_uint64(8),
                         rows.get_uint64(9)});
    }
}

Result<std::vector<RetentionMark>> read_retention_marks(duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query("SELECT event_id, day FROM index_retained ORDER BY ALL"));
    std::vector<RetentionMark> marks;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return marks;
        const auto day = parse_day(rows.get_string(1));
        if (!day) {
            return fail(ErrorCode::kCorrupt, "read index_retained: \"{}\" is no day",
                        rows.get_string(1));
        }
        marks.push_back({rows.text(0), *day});
    }
}

Result<std::string> missing_table(duck::Connection& connection) {
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query("SELECT table_name FROM duckdb_tables() "
                                                       "WHERE schema_name = 'main'"));
    std::set<std::string, std::less<>> found;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        found.insert(rows.text(0));
    }
    for (const std::string_view table : table_names()) {
        if (!found.contains(table)) return std::string(table);
    }
    return std::string();
}

std::string meta_obstacle(const IndexMeta& meta, const std::string& upcasters) {
    if (meta.format != kIndexFormat) {
        return fmt::format("the tables have format {}, this program writes {}", meta.format,
                           kIndexFormat);
    }
    if (meta.builder_version != builder_version()) {
        return fmt::format("built by \"{}\", this program is \"{}\"", meta.builder_version,
                           builder_version());
    }
    if (meta.upcasters != upcasters) {
        return "the upcasters of the ledger's event types have changed";
    }
    return {};
}

}  // namespace daybook::index
