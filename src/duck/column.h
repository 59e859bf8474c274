// One column of one chunk of a result: values where DuckDB has put them, nothing copied.
//
// Borrowed: a Column, and the strings it gives out, live until the chunk they come from is replaced
// or destroyed.  Reading a column by a getter that does not fit its type is our bug and stops the
// process, so ask type() first where the type is not known; text() fits all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "duck/type.h"

struct _duckdb_vector;

namespace daybook::duck {

class Column {
public:
    Column(const TypeInfo& type, _duckdb_vector* vector);

    const TypeInfo& type() const { return *type_; }
    bool is_null(std::size_t row) const {
        return validity_ != nullptr && ((validity_[row / 64] >> (row % 64)) & 1) == 0;
    }

    bool get_bool(std::size_t row) const;
    std::int64_t get_int64(std::size_t row) const;    // every integer type; the value must fit
    std::uint64_t get_uint64(std::size_t row) const;  // the same
    struct Uint128 {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
    };
    Uint128 get_uint128(std::size_t row) const;  // UHUGEINT, UUID
    double get_double(std::size_t row) const;    // every number, DECIMAL and HUGEINT included
    std::string_view get_string(std::size_t row) const;  // VARCHAR, JSON
    std::string_view get_blob(std::size_t row) const;    // BLOB
    // Microseconds since 1970-01-01 (UTC for TIMESTAMPTZ): every TIMESTAMP type and DATE.
    std::int64_t get_epoch_us(std::size_t row) const;

    // The value as DuckDB would cast it to VARCHAR; "NULL" if it is null.
    std::string text(std::size_t row) const;
    // The value as JSON: numbers, true, false and null bare, lists as arrays, maps and structs as
    // objects, JSON text as it is, all else as strings.
    std::string json(std::size_t row) const;

    // The whole column at once, for vectors of doubles and of 64-bit integers.
    std::span<const double> doubles(std::size_t rows) const;
    std::span<const std::int64_t> bigints(std::size_t rows) const;

    // kList, kArray, kMap: where the elements of `row` lie in the children.
    struct Range {
        std::size_t offset = 0;
        std::size_t length = 0;
    };
    Range elements(std::size_t row) const;
    // The elements (kList, kArray), the keys and values (kMap) or the members (kStruct, kUnion; of
    // a union 0 is the tag).
    Column child(std::size_t index) const;

    // The value as DuckDB stores it; T must be the type's representation.
    template <typename T>
    const T& raw(std::size_t row) const {
        return static_cast<const T*>(data_)[row];
    }

private:
    const TypeInfo* type_;
    _duckdb_vector* vector_;
    const void* data_;
    const std::uint64_t* validity_;
};

}  // namespace daybook::duck
