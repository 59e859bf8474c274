#include "duck/type.h"

#include <fmt/format.h>

#include "duck/api.h"
#include "duck/sql.h"

namespace daybook::duck {
namespace {

struct Named {
    TypeKind kind;
    const char* name;
};

Named scalar_type(duckdb_type id) {
    switch (id) {
        case DUCKDB_TYPE_BOOLEAN: return {TypeKind::kBoolean, "BOOLEAN"};
        case DUCKDB_TYPE_TINYINT: return {TypeKind::kTinyint, "TINYINT"};
        case DUCKDB_TYPE_SMALLINT: return {TypeKind::kSmallint, "SMALLINT"};
        case DUCKDB_TYPE_INTEGER: return {TypeKind::kInteger, "INTEGER"};
        case DUCKDB_TYPE_BIGINT: return {TypeKind::kBigint, "BIGINT"};
        case DUCKDB_TYPE_UTINYINT: return {TypeKind::kUtinyint, "UTINYINT"};
        case DUCKDB_TYPE_USMALLINT: return {TypeKind::kUsmallint, "USMALLINT"};
        case DUCKDB_TYPE_UINTEGER: return {TypeKind::kUinteger, "UINTEGER"};
        case DUCKDB_TYPE_UBIGINT: return {TypeKind::kUbigint, "UBIGINT"};
        case DUCKDB_TYPE_HUGEINT: return {TypeKind::kHugeint, "HUGEINT"};
        case DUCKDB_TYPE_UHUGEINT: return {TypeKind::kUhugeint, "UHUGEINT"};
        case DUCKDB_TYPE_FLOAT: return {TypeKind::kFloat, "FLOAT"};
        case DUCKDB_TYPE_DOUBLE: return {TypeKind::kDouble, "DOUBLE"};
        case DUCKDB_TYPE_DECIMAL: return {TypeKind::kDecimal, "DECIMAL"};
        case DUCKDB_TYPE_VARCHAR: return {TypeKind::kVarchar, "VARCHAR"};
        case DUCKDB_TYPE_BLOB: return {TypeKind::kBlob, "BLOB"};
        case DUCKDB_TYPE_BIT: return {TypeKind::kBit, "BIT"};
        case DUCKDB_TYPE_DATE: return {TypeKind::kDate, "DATE"};
        case DUCKDB_TYPE_TIME: return {TypeKind::kTime, "TIME"};
        case DUCKDB_TYPE_TIME_TZ: return {TypeKind::kTimeTz, "TIME WITH TIME ZONE"};
        case DUCKDB_TYPE_TIMESTAMP: return {TypeKind::kTimestamp, "TIMESTAMP"};
        case DUCKDB_TYPE_TIMESTAMP_TZ: return {TypeKind::kTimestampTz, "TIMESTAMP WITH TIME ZONE"};
        case DUCKDB_TYPE_TIMESTAMP_S: return {TypeKind::kTimestampS, "TIMESTAMP_S"};
        case DUCKDB_TYPE_TIMESTAMP_MS: return {TypeKind::kTimestampMs, "TIMESTAMP_MS"};
        case DUCKDB_TYPE_TIMESTAMP_NS: return {TypeKind::kTimestampNs, "TIMESTAMP_NS"};
        case DUCKDB_TYPE_INTERVAL: return {TypeKind::kInterval, "INTERVAL"};
        case DUCKDB_TYPE_UUID: return {TypeKind::kUuid, "UUID"};
        case DUCKDB_TYPE_ENUM: return {TypeKind::kEnum, "ENUM"};
        case DUCKDB_TYPE_LIST: return {TypeKind::kList, "LIST"};
        case DUCKDB_TYPE_ARRAY: return {TypeKind::kArray, "ARRAY"};
        case DUCKDB_TYPE_MAP: return {TypeKind::kMap, "MAP"};
        case DUCKDB_TYPE_STRUCT: return {TypeKind::kStruct, "STRUCT"};
        case DUCKDB_TYPE_UNION: return {TypeKind::kUnion, "UNION"};
        case DUCKDB_TYPE_SQLNULL: return {TypeKind::kOther, "NULL"};
        default: return {TypeKind::kOther, "OTHER"};
    }
}

// Takes over a logical type that DuckDB made for us.
TypeInfo describe_owned(duckdb_logical_type type) {
    TypeInfo info = describe_type(type);
    api().destroy_logical_type(&type);
    return info;
}

std::string take_text(char* text) {
    std::string out = text ? text : "";
    api().free(text);
    return out;
}

std::string member_list(const TypeInfo& info) {
    std::string out;
    for (std::size_t i = 0; i < info.children.size(); ++i) {
        out += fmt::format("{}{} {}", i == 0 ? "" : ", ", quote_identifier(info.names[i]),
                           info.children[i].name);
    }
    return out;
}

void describe_members(duckdb_logical_type type, TypeInfo* info) {
    const bool is_struct = info->kind == TypeKind::kStruct;
    const idx_t count =
        is_struct ? api().struct_type_child_count(type) : api().union_type_member_count(type);
    for (idx_t i = 0; i < count; ++i) {
        info->names.push_back(take_text(is_struct ? api().struct_type_child_name(type, i)
                                                  : api().union_type_member_name(type, i)));
        info->children.push_back(describe_owned(is_struct ? api().struct_type_child_type(type, i)
                                                          : api().union_type_member_type(type, i)));
    }
    info->name = fmt::format("{}({})", info->name, member_list(*info));
}

void describe_parts(duckdb_logical_type type, TypeInfo* info) {
    switch (info->kind) {
        case TypeKind::kDecimal:
            info->width = api().decimal_width(type);
            info->scale = api().decimal_scale(type);
            info->storage = scalar_type(api().decimal_internal_type(type)).kind;
            info->name = fmt::format("DECIMAL({},{})", info->width, info->scale);
            break;
        case TypeKind::kEnum:
            info->storage = scalar_type(api().enum_internal_type(type)).kind;
            for (idx_t i = 0; i < api().enum_dictionary_size(type); ++i) {
                info->names.push_back(take_text(api().enum_dictionary_value(type, i)));
            }
            break;
        case TypeKind::kList:
            info->children.push_back(describe_owned(api().list_type_child_type(type)));
            info->name = info->children[0].name + "[]";
            break;
        case TypeKind::kArray:
            info->children.push_back(describe_owned(api().array_type_child_type(type)));
            info->array_size = api().array_type_array_size(type);
            info->name = fmt::format("{}[{}]", info->children[0].name, info->array_size);
            break;
        case TypeKind::kMap:
            info->children.push_back(describe_owned(api().map_type_key_type(type)));
            info->children.push_back(describe_owned(api().map_type_value_type(type)));
            info->name = fmt::format("MAP({}, {})", info->children[0].name, info->children[1].name);
            break;
        case TypeKind::kStruct:
        case TypeKind::kUnion: describe_members(type, info); break;
        default: break;
    }
}

}  // namespace

TypeInfo describe_type(_duckdb_logical_type* type) {
    const Named named = scalar_type(api().get_type_id(type));
    TypeInfo info;
    info.kind = named.kind;
    info.name = named.name;
    describe_parts(type, &info);
    if (char* alias = api().logical_type_get_alias(type)) info.name = take_text(alias);
    return info;
}

}  // namespace daybook::duck
