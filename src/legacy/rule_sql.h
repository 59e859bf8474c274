// The SQL that a mapping has: whether it is some, and what it reads.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "legacy/catalog.h"
#include "legacy/mapping.h"
#include "legacy/rule_planner.h"

namespace daybook::legacy {

// A piece of SQL of a rule.
struct SqlPiece {
    std::string what;  // "fields.metrics.fee"
    std::string sql;
    std::size_t line = 0;  // of the mapping's file
    std::vector<std::string> needs{};
};

// All that a rule has.
std::vector<SqlPiece> sql_of(const Rule& rule);

// What DuckDB's parser makes of an expression.
struct ParsedSql {
    // Columns of the row, in lower case: "x" of x, t.x and t.x.y; in a subquery of t.x alone.
    ColumnNames columns{};
    // "||", where an operator has nothing on its right side: that is a function's name to DuckDB.
    std::string unfinished{};
};
// kInvalidArgument: it is no SQL.
Result<ParsedSql> parse_sql(const std::string& sql, duck::Connection& connection);

// Refuses SQL that does not fit the table, with its place in the mapping.
Status check_rule_sql(const Rule& rule, const Catalog& catalog, const CatalogTable& table,
                      duck::Connection& connection);

// Adds the columns that SQL of the value reads, as far as no other term of it comes first.
void add_sql_columns(const ValueSpec& value, const Catalog& catalog, const CatalogTable& table,
                     duck::Connection& connection, ColumnNames& names);

}  // namespace daybook::legacy
