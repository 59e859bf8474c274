#include "duck/column.h"

#include <cmath>

#include "base/check.h"
#include "duck/api.h"

namespace daybook::duck {
namespace {

const TypeInfo& union_tag_type() {
    static const TypeInfo type = [] {
        TypeInfo tag;
        tag.kind = TypeKind::kUtinyint;
        tag.name = "UTINYINT";
        return tag;
    }();
    return type;
}

std::string_view view_of(const duckdb_string_t& text) {
    constexpr std::uint32_t kInlinedMax = 12;
    const std::uint32_t length = text.value.inlined.length;
    return length <= kInlinedMax ? std::string_view(text.value.inlined.inlined, length)
                                 : std::string_view(text.value.pointer.ptr, length);
}

}  // namespace

Column::Column(const TypeInfo& type, _duckdb_vector* vector)
    : type_(&type),
      vector_(vector),
      data_(api().vector_get_data(vector)),
      validity_(api().vector_get_validity(vector)) {}

bool Column::get_bool(std::size_t row) const {
    DAYBOOK_CHECK(type_->kind == TypeKind::kBoolean);
    return raw<bool>(row);
}

std::int64_t Column::get_int64(std::size_t row) const {
    switch (type_->kind) {
        case TypeKind::kTinyint: return raw<std::int8_t>(row);
        case TypeKind::kSmallint: return raw<std::int16_t>(row);
        case TypeKind::kInteger: return raw<std::int32_t>(row);
        case TypeKind::kBigint: return raw<std::int64_t>(row);
        default: break;
    }
    const std::uint64_t value = get_uint64(row);
    DAYBOOK_CHECK(value <= static_cast<std::uint64_t>(INT64_MAX));
    return static_cast<std::int64_t>(value);
}

Column::Uint128 Column::get_uint128(std::size_t row) const {
    const bool is_uuid = type_->kind == TypeKind::kUuid;
    DAYBOOK_CHECK(is_uuid || type_->kind == TypeKind::kUhugeint);
    const auto& value = raw<duckdb_uhugeint>(row);
    // DuckDB flips the highest bit of a UUID, so that UUIDs order as signed numbers.
    constexpr std::uint64_t kFlipped = std::uint64_t{1} << 63;
    return {is_uuid ? value.upper ^ kFlipped : value.upper, value.lower};
}

std::uint64_t Column::get_uint64(std::size_t row) const {
    switch (type_->kind) {
        case TypeKind::kUtinyint: return raw<std::uint8_t>(row);
        case TypeKind::kUsmallint: return raw<std::uint16_t>(row);
        case TypeKind::kUinteger: return raw<std::uint32_t>(row);
        case TypeKind::kUbigint: return raw<std::uint64_t>(row);
        case TypeKind::kTinyint:
        case TypeKind::kSmallint:
        case TypeKind::kInteger:
        case TypeKind::kBigint: break;
        default: DAYBOOK_CHECK(!"an integer column");
    }
    const std::int64_t value = get_int64(row);
    DAYBOOK_CHECK(value >= 0);
    return static_cast<std::uint64_t>(value);
}

double Column::get_double(std::size_t row) const {
    switch (type_->kind) {
        case TypeKind::kDouble: return raw<double>(row);
        case TypeKind::kFloat: return static_cast<double>(raw<float>(row));
        case TypeKind::kUbigint: return static_cast<double>(raw<std::uint64_t>(row));
        case TypeKind::kHugeint: {
            const auto& value = raw<duckdb_hugeint>(row);
            return std::ldexp(static_cast<double>(value.upper), 64) +
                   static_cast<double>(value.lower);
        }
        case TypeKind::kUhugeint: {
            const auto& value = raw<duckdb_uhugeint>(row);
            return std::ldexp(static_cast<double>(value.upper), 64) +
                   static_cast<double>(value.lower);
        }
        case TypeKind::kDecimal: {
            TypeInfo stored;
            stored.kind = type_->storage;
            return Column(stored, vector_).get_double(row) / std::pow(10.0, type_->scale);
        }
        default: return static_cast<double>(get_int64(row));
    }
}

std::string_view Column::get_string(std::size_t row) const {
    DAYBOOK_CHECK(type_->kind == TypeKind::kVarchar);
    return view_of(raw<duckdb_string_t>(row));
}

std::string_view Column::get_blob(std::size_t row) const {
    DAYBOOK_CHECK(type_->kind == TypeKind::kBlob || type_->kind == TypeKind::kBit);
    return view_of(raw<duckdb_string_t>(row));
}

std::int64_t Column::get_epoch_us(std::size_t row) const {
    switch (type_->kind) {
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz: return raw<std::int64_t>(row);
        case TypeKind::kTimestampS: return raw<std::int64_t>(row) * 1'000'000;
        case TypeKind::kTimestampMs: return raw<std::int64_t>(row) * 1'000;
        case TypeKind::kTimestampNs: {
            const std::int64_t ns = raw<std::int64_t>(row);
            return ns / 1'000 - (ns % 1'000 < 0 ? 1 : 0);
        }
        case TypeKind::kDate: return std::int64_t{raw<std::int32_t>(row)} * 86'400'000'000;
        default: DAYBOOK_CHECK(!"a timestamp or date column");
    }
    return 0;
}

std::span<const double> Column::doubles(std::size_t rows) const {
    DAYBOOK_CHECK(type_->kind == TypeKind::kDouble);
    return {static_cast<const double*>(data_), rows};
}

std::span<const std::int64_t> Column::bigints(std::size_t rows) const {
    DAYBOOK_CHECK(type_->kind == TypeKind::kBigint);
    return {static_cast<const std::int64_t*>(data_), rows};
}

Column::Range Column::elements(std::size_t row) const {
    if (type_->kind == TypeKind::kArray) {
        const auto size = static_cast<std::size_t>(type_->array_size);
        return {row * size, size};
    }
    DAYBOOK_CHECK(type_->kind == TypeKind::kList || type_->kind == TypeKind::kMap);
    const auto& entry = raw<duckdb_list_entry>(row);
    return {entry.offset, entry.length};
}

Column Column::child(std::size_t index) const {
    switch (type_->kind) {
        case TypeKind::kList: return {type_->children[0], api().list_vector_get_child(vector_)};
        case TypeKind::kArray: return {type_->children[0], api().array_vector_get_child(vector_)};
        case TypeKind::kMap: {
            const duckdb_vector entries = api().list_vector_get_child(vector_);
            return {type_->children[index], api().struct_vector_get_child(entries, index)};
        }
        case TypeKind::kUnion: {
            const TypeInfo& type = index == 0 ? union_tag_type() : type_->children[index - 1];
            return {type, api().struct_vector_get_child(vector_, index)};
        }
        default: break;
    }
    DAYBOOK_CHECK(type_->kind == TypeKind::kStruct);
    return {type_->children[index], api().struct_vector_get_child(vector_, index)};
}

}  // namespace daybook::duck
