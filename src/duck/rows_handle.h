// What a Rows holds; for the files of this module that make one.
#pragma once

#include "duck/api.h"
#include "duck/rows.h"

namespace daybook::duck {

struct Rows::Handle {
    duckdb_result result{};
    duckdb_data_chunk chunk = nullptr;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (chunk) api().destroy_data_chunk(&chunk);
        api().destroy_result(&result);
    }
};

}  // namespace daybook::duck
