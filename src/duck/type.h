// Types of columns, as results show them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct _duckdb_logical_type;

namespace daybook::duck {

// DuckDB's types, those of one representation taken together.
enum class TypeKind {
    kBoolean,
    kTinyint,
    kSmallint,
    kInteger,
    kBigint,
    kUtinyint,
    kUsmallint,
    kUinteger,
    kUbigint,
    kHugeint,
    kUhugeint,
    kFloat,
    kDouble,
    kDecimal,
    kVarchar,  // JSON too: its `name` says so
    kBlob,
    kBit,
    kDate,
    kTime,
    kTimeTz,
    kTimestamp,
    kTimestampTz,
    kTimestampS,
    kTimestampMs,
    kTimestampNs,
    kInterval,
    kUuid,
    kEnum,
    kList,
    kArray,
    kMap,
    kStruct,
    kUnion,
    kOther,  // no text but a placeholder: cast it to VARCHAR in SQL
};

struct TypeInfo {
    TypeKind kind = TypeKind::kOther;
    // As SQL spells it: "BIGINT", "DECIMAL(18,3)", "JSON", "MAP(VARCHAR, DOUBLE)".
    std::string name;
    // kDecimal: width and scale, and the kind of integer it is stored as; kEnum: the latter alone.
    std::uint8_t width = 0;
    std::uint8_t scale = 0;
    TypeKind storage = TypeKind::kOther;
    // kArray: the number of elements.
    std::uint64_t array_size = 0;
    // kEnum: the dictionary; kStruct, kUnion: the members' names.
    std::vector<std::string> names;
    // kList, kArray: the element; kMap: key and value; kStruct, kUnion: the members.
    std::vector<TypeInfo> children;

    // All kinds of whole numbers up to 64 bits, signed or not.
    bool is_integer() const { return kind >= TypeKind::kTinyint && kind <= TypeKind::kUbigint; }
    // Everything as_double() can read.
    bool is_number() const { return kind >= TypeKind::kTinyint && kind <= TypeKind::kDecimal; }
};

// What `type` is; it stays the caller's.
TypeInfo describe_type(_duckdb_logical_type* type);

}  // namespace daybook::duck
