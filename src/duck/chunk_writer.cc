#include "duck/chunk_writer.h"

#include <algorithm>
#include <cstring>

#include "duck/api.h"
#include "duck/logical_type.h"

namespace daybook::duck {

LogicalType::LogicalType(ColumnType type) {
    const auto plain = [](duckdb_type id) { return api().create_logical_type(id); };
    switch (type) {
        case ColumnType::kBoolean: type_ = plain(DUCKDB_TYPE_BOOLEAN); break;
        case ColumnType::kInteger: type_ = plain(DUCKDB_TYPE_INTEGER); break;
        case ColumnType::kBigint: type_ = plain(DUCKDB_TYPE_BIGINT); break;
        case ColumnType::kUbigint: type_ = plain(DUCKDB_TYPE_UBIGINT); break;
        case ColumnType::kDouble: type_ = plain(DUCKDB_TYPE_DOUBLE); break;
        case ColumnType::kVarchar: type_ = plain(DUCKDB_TYPE_VARCHAR); break;
        case ColumnType::kJson:
            type_ = plain(DUCKDB_TYPE_VARCHAR);
            api().logical_type_set_alias(type_, "JSON");
            break;
        case ColumnType::kBlob: type_ = plain(DUCKDB_TYPE_BLOB); break;
        case ColumnType::kUhugeint: type_ = plain(DUCKDB_TYPE_UHUGEINT); break;
        case ColumnType::kUuid: type_ = plain(DUCKDB_TYPE_UUID); break;
        case ColumnType::kTimestampMs: type_ = plain(DUCKDB_TYPE_TIMESTAMP_MS); break;
        case ColumnType::kVarcharList: {
            const LogicalType element(ColumnType::kVarchar);
            type_ = api().create_list_type(element.get());
            break;
        }
        case ColumnType::kDoubleMap: {
            const LogicalType key(ColumnType::kVarchar);
            const LogicalType value(ColumnType::kDouble);
            type_ = api().create_map_type(key.get(), value.get());
            break;
        }
    }
}

LogicalType::~LogicalType() {
    if (type_) api().destroy_logical_type(&type_);
}

ColumnWriter::ColumnWriter(ColumnType type, _duckdb_vector* vector)
    : type_(type), vector_(vector), data_(api().vector_get_data(vector)) {}

void ColumnWriter::set_null(std::size_t row) {
    if (!validity_) {
        api().vector_ensure_validity_writable(vector_);
        validity_ = api().vector_get_validity(vector_);
    }
    validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
    // A null list still has an entry, which must not point outside the child.
    if (type_ == ColumnType::kVarcharList || type_ == ColumnType::kDoubleMap) {
        put(row, duckdb_list_entry{child_size_, 0});
    }
}

void ColumnWriter::set_uint128(std::size_t row, std::uint64_t high, std::uint64_t low) {
    put(row, duckdb_uhugeint{low, high});
}

void ColumnWriter::set_uuid(std::size_t row, std::uint64_t high, std::uint64_t low) {
    // DuckDB flips the highest bit, so that UUIDs order as signed numbers.
    put(row, duckdb_hugeint{low, static_cast<std::int64_t>(high ^ (std::uint64_t{1} << 63))});
}

void ColumnWriter::set_text(std::size_t row, std::string_view text) {
    api().vector_assign_string_element_len(vector_, row, text.data(), text.size());
}

void ColumnWriter::put_view(void* data, std::size_t row, std::string_view text) {
    constexpr std::size_t kInlinedMax = 12;
    duckdb_string_t value;
    std::memset(&value, 0, sizeof(value));  // Comparisons read the unused bytes too.
    value.value.inlined.length = static_cast<std::uint32_t>(text.size());
    if (text.size() <= kInlinedMax) {
        if (!text.empty()) std::memcpy(value.value.inlined.inlined, text.data(), text.size());
    } else {
        std::memcpy(value.value.pointer.prefix, text.data(), sizeof(value.value.pointer.prefix));
        const char* data_of_text = text.data();
        std::memcpy(&value.value.pointer.ptr, &data_of_text, sizeof(data_of_text));
    }
    static_cast<duckdb_string_t*>(data)[row] = value;
}

// Makes room for `count` more elements and gives them to `row`; where they begin.
std::size_t ColumnWriter::grow_child(std::size_t row, std::size_t count) {
    const std::size_t begin = child_size_;
    if (begin + count > child_capacity_) {
        child_capacity_ = std::max({begin + count, child_capacity_ * 2, std::size_t{2048}});
        api().list_vector_reserve(vector_, child_capacity_);
    }
    child_size_ = begin + count;
    api().list_vector_set_size(vector_, child_size_);
    put(row, duckdb_list_entry{begin, count});
    return begin;
}

void ColumnWriter::set_text_list(std::size_t row, std::span<const std::string_view> texts) {
    const std::size_t begin = grow_child(row, texts.size());
    const duckdb_vector child = api().list_vector_get_child(vector_);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        api().vector_assign_string_element_len(child, begin + i, texts[i].data(), texts[i].size());
    }
}

void ColumnWriter::lend_double_map(std::size_t row, std::span<const DoubleMapEntry> entries) {
    const std::size_t begin = grow_child(row, entries.size());
    const duckdb_vector child = api().list_vector_get_child(vector_);
    void* keys = api().vector_get_data(api().struct_vector_get_child(child, 0));
    auto* values =
        static_cast<double*>(api().vector_get_data(api().struct_vector_get_child(child, 1)));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        put_view(keys, begin + i, entries[i].first);
        values[begin + i] = entries[i].second;
    }
}

ChunkWriter::ChunkWriter(_duckdb_data_chunk* chunk, std::span<const ColumnType> types) {
    columns_.reserve(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
        columns_.emplace_back(types[i], api().data_chunk_get_vector(chunk, i));
    }
}

std::size_t ChunkWriter::rows_max() { return api().vector_size(); }

}  // namespace daybook::duck
