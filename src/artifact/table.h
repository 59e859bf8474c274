// Tables in memory, on their way to Parquet.
//
//     Table trades({{"call_id", duck::ColumnType::kVarchar}, {"net", duck::ColumnType::kDouble}});
//     trades.add_row({call.id, trade.net});
//     RETURN_IF_ERROR(connection.register_source("trades", std::move(trades).source()));
//
// A column's type is declared, never guessed from the first row; NaN and infinities stay what they
// are.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "duck/row_source.h"

namespace daybook::artifact {

// One value of a row; an empty optional is a null.
class Cell {
public:
    Cell(std::nullopt_t) {}
    Cell(bool value) : value_(value) {}
    Cell(std::int64_t value) : value_(value) {}
    Cell(double value) : value_(value) {}
    Cell(const char* value) : value_(std::string_view(value)) {}
    Cell(std::string_view value) : value_(value) {}
    Cell(const std::string& value) : value_(std::string_view(value)) {}
    template <typename T>
    Cell(const std::optional<T>& value) {
        if (value) *this = Cell(*value);
    }

    const auto& value() const { return value_; }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string_view> value_;
};

class Table {
public:
    // kBoolean, kBigint, kDouble and kVarchar columns.
    explicit Table(std::vector<duck::SourceColumn> columns);

    // One cell a column, of its type or null: anything else is our bug.  Text is copied.
    void add_row(std::initializer_list<Cell> cells);

    std::size_t rows() const { return rows_; }

    // The rows, in order, for Connection::register_source(); the table is spent.
    std::shared_ptr<duck::RowSource> source() &&;

private:
    friend class TableSource;
    struct Column {
        duck::SourceColumn spec;
        std::vector<std::int64_t> integers;  // booleans too
        std::vector<double> doubles;
        std::vector<std::string> texts;
        std::vector<bool> nulls;
    };

    std::vector<Column> columns_;
    std::size_t rows_ = 0;
};

}  // namespace daybook::artifact
