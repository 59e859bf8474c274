// The tables of a snapshot that may not be changed, with newer rows over them in memory.
//
//     snapshot.<table>      attached, read-only
//     tail.<table>_gone     the positions of its rows that are there no more
//     tail.<table>          rows that are new
//
// The rows are those of the first without the second, and of the third.
//
// A position (`_row`) is a rowid of the snapshot, or -1 minus a rowid of the tail.
#pragma once

#include <set>
#include <string>

#include "index/table_store.h"

namespace daybook::index {

class TailTables final : public TableStore {
public:
    // Over the database attached as `snapshot` to `connection`, whose own is in memory and empty.
    static Result<std::unique_ptr<TailTables>> create(duck::Connection& connection);

    std::string rows_of(std::string_view table) const override;
    Status insert(std::string_view table, const std::string& select) override;
    Status erase(std::string_view table, const std::string& condition) override;
    Status erase_rows(std::string_view table, const std::string& positions) override;

    // The rows as they are now, without `_row`: what stands in a FROM for the table.
    std::string current_rows_of(std::string_view table) const;

private:
    explicit TailTables(duck::Connection& connection) : connection_(connection) {}
    // Makes tail.<table> and tail.<table>_gone where they are not there yet.
    Status open_tail(std::string_view table);
    std::string union_of(std::string_view table, bool with_position) const;

    duck::Connection& connection_;
    std::set<std::string, std::less<>> changed_;
};

}  // namespace daybook::index
