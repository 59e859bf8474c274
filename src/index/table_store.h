// Where the fold finds rows and puts them: the tables of a database, or a snapshot that may not be
// changed with the log's tail over it (overlay.h).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "duck/connection.h"

namespace daybook::index {

class TableStore {
public:
    virtual ~TableStore() = default;

    // What stands in FROM for the rows of `table` as they are now: its columns, and `_row`, the
    // row's position.
    virtual std::string rows_of(std::string_view table) const = 0;
    virtual Status insert(std::string_view table, const std::string& select) = 0;
    // Deletes the rows for which `condition`, SQL over the table's columns, holds.
    virtual Status erase(std::string_view table, const std::string& condition) = 0;
    // Deletes the rows whose `_row` `positions`, a query of one column, yields.
    virtual Status erase_rows(std::string_view table, const std::string& positions) = 0;
};

// The tables of `connection`'s own database.
class PlainTables final : public TableStore {
public:
    explicit PlainTables(duck::Connection& connection) : connection_(connection) {}

    std::string rows_of(std::string_view table) const override;
    Status insert(std::string_view table, const std::string& select) override;
    Status erase(std::string_view table, const std::string& condition) override;
    Status erase_rows(std::string_view table, const std::string& positions) override;

private:
    duck::Connection& connection_;
};

}  // namespace daybook::index
