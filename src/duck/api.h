// DuckDB's C functions, reached through pointers, so that a program starts and appends without
// libduckdb.so.  Only files of this module include this header.
#pragma once

#include <duckdb.h>

#include "base/result.h"

namespace daybook::duck {

struct Api {
#define X(name) decltype(&::duckdb_##name) name = nullptr;
#include "duck/functions.inc"
#undef X
};

// The table, loaded by the first call; the same answer for ever after.  kUnsupported: the library
// was not found or lacks a function; the message lists what was tried.  Thread-safe.
Result<const Api*> load_api();

// The table, which must have been loaded: for code that holds a DuckDB object already.
const Api& api();

}  // namespace daybook::duck
