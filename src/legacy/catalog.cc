#include "legacy/catalog.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/text.h"
#include "duck/sql.h"

namespace daybook::legacy {
namespace {

constexpr std::string_view kMainSchema = "main";
// As many as are read in a message.
constexpr std::size_t kDescribedTablesMax = 8;
constexpr std::size_t kDescribedColumnsMax = 12;

std::string describe(const CatalogTable& table) {
    std::vector<std::string> columns;
    for (std::size_t i = 0; i < std::min(table.columns.size(), kDescribedColumnsMax); ++i) {
        columns.push_back(
            fmt::format("{} {}", printable(table.columns[i]), printable(table.types[i], 40)));
    }
    if (table.columns.size() > kDescribedColumnsMax) columns.emplace_back("…");
    return fmt::format("{} ({})", printable(table.full_name()), fmt::join(columns, ", "));
}

}  // namespace

std::string CatalogTable::full_name() const {
    return schema == kMainSchema ? name : schema + "." + name;
}

std::string CatalogTable::quoted_name() const {
    if (spread_of != nullptr) return "(" + spread_sql + ")";
    return duck::quote_identifier(schema) + "." + duck::quote_identifier(name);
}

bool CatalogTable::has_column(std::string_view column) const {
    const std::string wanted = lower_case(column);
    return std::any_of(columns.begin(), columns.end(),
                       [&](const std::string& own) { return lower_case(own) == wanted; });
}

const CatalogTable* Catalog::find(std::string_view full_name) const {
    std::string wanted = lower_case(full_name);
    if (wanted.starts_with("main.")) wanted.erase(0, kMainSchema.size() + 1);
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const CatalogTable& table) {
        return lower_case(table.full_name()) == wanted;
    });
    return found == tables.end() ? nullptr : &*found;
}

Result<Catalog> read_catalog(duck::Connection& connection) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection.query("SELECT c.schema_name, c.table_name, c.column_name, c.data_type, "
                         "coalesce(t.estimated_size, 0)::BIGINT, t.table_oid IS NULL "
                         "FROM duckdb_columns() c LEFT JOIN duckdb_tables() t "
                         "ON t.database_oid = c.database_oid AND t.table_oid = c.table_oid "
                         "WHERE NOT c.internal AND c.database_name = current_database() "
                         "ORDER BY c.schema_name, c.table_name, c.column_index"));
    Catalog catalog;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return catalog;
        if (catalog.tables.empty() || catalog.tables.back().schema != rows.get_string(0) ||
            catalog.tables.back().name != rows.get_string(1)) {
            catalog.tables.push_back({.schema = std::string(rows.get_string(0)),
                                      .name = std::string(rows.get_string(1)),
                                      .is_view = rows.get_bool(5)});
        }
        CatalogTable& table = catalog.tables.back();
        table.columns.emplace_back(rows.get_string(2));
        table.types.emplace_back(rows.get_string(3));
        table.rows = static_cast<std::uint64_t>(std::max<std::int64_t>(rows.get_int64(4), 0));
    }
}

std::string describe(const Catalog& catalog) {
    if (catalog.tables.empty()) return "no tables";
    std::vector<std::string> tables;
    for (std::size_t i = 0; i < std::min(catalog.tables.size(), kDescribedTablesMax); ++i) {
        tables.push_back(describe(catalog.tables[i]));
    }
    std::string text = fmt::format("{}", fmt::join(tables, ", "));
    if (catalog.tables.size() > kDescribedTablesMax) {
        text += fmt::format(", and {} more tables", catalog.tables.size() - kDescribedTablesMax);
    }
    return text;
}

}  // namespace daybook::legacy
