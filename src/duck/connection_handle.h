// What a Connection holds; for the files of this module that use one.
#pragma once

#include "duck/api.h"
#include "duck/connection.h"

namespace daybook::duck {

struct Connection::Handle {
    duckdb_connection connection = nullptr;
    bool reads_only = false;  // harden() was called: statements of others come through here

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (connection) api().disconnect(&connection);
    }
};

}  // namespace daybook::duck
