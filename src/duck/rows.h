// The rows of a query, chunk by chunk or one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duck/column.h"
#include "duck/type.h"

namespace daybook::duck {

// Either read by chunks:                       or by rows:
//     while (TRY(rows.next_chunk())) {             while (TRY(rows.next())) {
//         Column price = rows.column(0);               rows.get_double(0);
//         price.doubles(rows.chunk_size());        }
//     }
//
// Rows of Connection::query() are all in memory; those of stream() are made as they are fetched,
// and end with the next statement on their connection.  One thread at a time.
class Rows {
public:
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;
    ~Rows();

    std::size_t column_count() const { return names_.size(); }
    const std::string& column_name(std::size_t column) const { return names_[column]; }
    const TypeInfo& column_type(std::size_t column) const { return types_[column]; }
    // The rows that an INSERT, UPDATE or DELETE changed.
    std::uint64_t rows_changed() const;

    // Goes to the next chunk; false if there is none.
    Result<bool> next_chunk();
    std::size_t chunk_size() const { return chunk_size_; }
    const Column& column(std::size_t column) const { return columns_[column]; }

    // Goes to the next row; false if there is none.  The getters below read that row, and what they
    // lend lives until the next call.
    Result<bool> next();
    bool is_null(std::size_t column) const { return columns_[column].is_null(row_); }
    bool get_bool(std::size_t column) const { return columns_[column].get_bool(row_); }
    std::int64_t get_int64(std::size_t column) const { return columns_[column].get_int64(row_); }
    std::uint64_t get_uint64(std::size_t column) const { return columns_[column].get_uint64(row_); }
    Column::Uint128 get_uint128(std::size_t column) const {
        return columns_[column].get_uint128(row_);
    }
    double get_double(std::size_t column) const { return columns_[column].get_double(row_); }
    std::string_view get_string(std::size_t column) const {
        return columns_[column].get_string(row_);
    }
    std::string_view get_blob(std::size_t column) const { return columns_[column].get_blob(row_); }
    Column::Range elements(std::size_t column) const { return columns_[column].elements(row_); }
    std::string text(std::size_t column) const { return columns_[column].text(row_); }
    std::string json(std::size_t column) const { return columns_[column].json(row_); }

private:
    friend class Connection;
    friend class RowsRelay;
    friend class Statement;
    struct Handle;
    explicit Rows(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
    std::vector<std::string> names_;
    std::vector<TypeInfo> types_;
    std::vector<Column> columns_;
    std::size_t chunk_size_ = 0;
    std::size_t row_ = 0;
    bool in_chunk_ = false;
};

}  // namespace daybook::duck
