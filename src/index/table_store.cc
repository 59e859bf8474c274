#include "index/table_store.h"

#include <fmt/format.h>

namespace daybook::index {

std::string PlainTables::rows_of(std::string_view table) const {
    return fmt::format("(SELECT *, rowid AS _row FROM {})", table);
}

Status PlainTables::insert(std::string_view table, const std::string& select) {
    return connection_.execute(fmt::format("INSERT INTO {} {}", table, select));
}

Status PlainTables::erase(std::string_view table, const std::string& condition) {
    return connection_.execute(fmt::format("DELETE FROM {} WHERE {}", table, condition));
}

Status PlainTables::erase_rows(std::string_view table, const std::string& positions) {
    return connection_.execute(fmt::format("DELETE FROM {} WHERE rowid IN ({})", table, positions));
}

}  // namespace daybook::index
