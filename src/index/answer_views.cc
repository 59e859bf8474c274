#include "index/answer_views.h"

#include <fmt/format.h>

#include "index/tables.h"
#include "index/views.h"

namespace daybook::index {

Status create_answer_views(duck::Connection& connection, const LogRows& log_rows,
                           const AttachedExtras& attached) {
    const bool has_sources = !attached.indexes.empty();
    std::string sql;
    for (const std::string_view table : table_names()) {
        if (has_sources && is_fact_table(table)) continue;
        sql += fmt::format("CREATE VIEW main.{} AS SELECT * FROM {};\n", table, log_rows(table));
    }
    if (has_sources) {
        RETURN_IF_ERROR(create_extra_views(connection, attached));
        RETURN_IF_ERROR(choose_runs(connection, log_rows));
        ASSIGN_OR_RETURN(const std::string united, union_views_sql(connection, "main.", log_rows));
        sql += united;
    }
    return connection.execute(sql + create_views_sql({}, has_sources));
}

}  // namespace daybook::index
