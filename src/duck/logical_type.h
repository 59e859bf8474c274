// A duckdb_logical_type that is destroyed with its owner; for the files of this module.
#pragma once

#include "duck/api.h"
#include "duck/chunk_writer.h"

namespace daybook::duck {

class LogicalType {
public:
    explicit LogicalType(ColumnType type);
    ~LogicalType();
    LogicalType(LogicalType&& other) noexcept : type_(other.type_) { other.type_ = nullptr; }
    LogicalType(const LogicalType&) = delete;
    LogicalType& operator=(const LogicalType&) = delete;

    duckdb_logical_type get() const { return type_; }

private:
    duckdb_logical_type type_ = nullptr;
};

}  // namespace daybook::duck
