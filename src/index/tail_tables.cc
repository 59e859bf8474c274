#include "index/tail_tables.h"

#include <fmt/format.h>

namespace daybook::index {

Result<std::unique_ptr<TailTables>> TailTables::create(duck::Connection& connection) {
    RETURN_IF_ERROR(
        connection.execute("CREATE SCHEMA tail; "
                           "CREATE TABLE main.index_meta AS FROM snapshot.index_meta"));
    return std::unique_ptr<TailTables>(new TailTables(connection));
}

Status TailTables::open_tail(std::string_view table) {
    if (changed_.contains(table)) return {};
    RETURN_IF_ERROR(
        connection_.execute(fmt::format("CREATE TABLE tail.{0} AS FROM snapshot.{0} LIMIT 0; "
                                        "CREATE TABLE tail.{0}_gone (position BIGINT)",
                                        table)));
    changed_.emplace(table);
    return {};
}

std::string TailTables::union_of(std::string_view table, bool with_position) const {
    const auto position = [&](std::string_view expression) {
        return with_position ? fmt::format(", {} AS _row", expression) : std::string();
    };
    if (!changed_.contains(table)) {
        return fmt::format("SELECT *{} FROM snapshot.{}", position("rowid"), table);
    }
    return fmt::format(
        "SELECT s.*{1} FROM snapshot.{0} s ANTI JOIN tail.{0}_gone g ON s.rowid = g.position "
        "UNION ALL SELECT *{2} FROM tail.{0}",
        table, position("s.rowid"), position("-1 - rowid"));
}

std::string TailTables::rows_of(std::string_view table) const {
    return "(" + union_of(table, true) + ")";
}

Status TailTables::insert(std::string_view table, const std::string& select) {
    RETURN_IF_ERROR(open_tail(table));
    return connection_.execute(fmt::format("INSERT INTO tail.{} {}", table, select));
}

Status TailTables::erase(std::string_view table, const std::string& condition) {
    RETURN_IF_ERROR(open_tail(table));
    return connection_.execute(
        fmt::format("INSERT INTO tail.{0}_gone SELECT rowid FROM snapshot.{0} WHERE {1}; "
                    "DELETE FROM tail.{0} WHERE {1}",
                    table, condition));
}

Status TailTables::erase_rows(std::string_view table, const std::string& positions) {
    RETURN_IF_ERROR(open_tail(table));
    return connection_.execute(
        fmt::format("INSERT INTO tail.{0}_gone SELECT p FROM ({1}) positions(p) WHERE p >= 0; "
                    "DELETE FROM tail.{0} WHERE -1 - rowid IN (SELECT p FROM ({1}) positions(p))",
                    table, positions));
}

std::string TailTables::current_rows_of(std::string_view table) const {
    if (!changed_.contains(table)) return fmt::format("snapshot.{}", table);
    return "(" + union_of(table, false) + ")";
}

}  // namespace daybook::index
