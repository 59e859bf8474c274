// Fills columns: what goes into a table function's rows and into an Appender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct _duckdb_vector;
struct _duckdb_data_chunk;

namespace daybook::duck {

// The types that can be written.
enum class ColumnType {
    kBoolean,
    kInteger,
    kBigint,
    kUbigint,
    kDouble,
    kVarchar,
    kJson,  // written as text; trusted to be JSON
    kBlob,
    kUhugeint,     // 128 bits
    kUuid,         // 128 bits, big-endian halves
    kTimestampMs,  // milliseconds since 1970-01-01
    kVarcharList,  // VARCHAR[]
    kDoubleMap,    // MAP(VARCHAR, DOUBLE)
};

using DoubleMapEntry = std::pair<std::string_view, double>;

// One column of up to ChunkWriter::rows_max() rows, written in any order; each row must be written,
// lists and maps in ascending order.  A getter's counterpart: the method must fit the column's
// type.
class ColumnWriter {
public:
    ColumnWriter(ColumnType type, _duckdb_vector* vector);

    void set_null(std::size_t row);
    void set_bool(std::size_t row, bool value) { put(row, value); }
    void set_int32(std::size_t row, std::int32_t value) { put(row, value); }
    void set_int64(std::size_t row, std::int64_t value) { put(row, value); }
    void set_uint64(std::size_t row, std::uint64_t value) { put(row, value); }
    void set_double(std::size_t row, double value) { put(row, value); }
    void set_uint128(std::size_t row, std::uint64_t high, std::uint64_t low);
    void set_uuid(std::size_t row, std::uint64_t high, std::uint64_t low);
    // Copies; must be UTF-8 (except in a BLOB).
    void set_text(std::size_t row, std::string_view text);
    // Keeps pointing at `text`, which must be UTF-8 and live until the statement, or the append, is
    // over.
    void lend_text(std::size_t row, std::string_view text) { put_view(data_, row, text); }
    void set_text_list(std::size_t row, std::span<const std::string_view> texts);
    // The keys are lent like lend_text(); they must not repeat within a row.
    void lend_double_map(std::size_t row, std::span<const DoubleMapEntry> entries);

private:
    template <typename T>
    void put(std::size_t row, T value) {
        static_cast<T*>(data_)[row] = value;
    }
    static void put_view(void* data, std::size_t row, std::string_view text);
    std::size_t grow_child(std::size_t row, std::size_t count);

    ColumnType type_;
    _duckdb_vector* vector_;
    void* data_;
    std::uint64_t* validity_ = nullptr;
    std::size_t child_capacity_ = 0;
    std::size_t child_size_ = 0;
};

// The columns of one chunk.
class ChunkWriter {
public:
    // Over a chunk whose columns have these types; borrowed.
    ChunkWriter(_duckdb_data_chunk* chunk, std::span<const ColumnType> types);

    ColumnWriter& column(std::size_t index) { return columns_[index]; }
    std::size_t column_count() const { return columns_.size(); }
    // How many rows a chunk can take: 2048.
    static std::size_t rows_max();

private:
    std::vector<ColumnWriter> columns_;
};

}  // namespace daybook::duck
