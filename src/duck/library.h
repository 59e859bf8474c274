// Where libduckdb.so is looked for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::duck {

// The paths that are tried, in order: the one that DAYBOOK_DUCKDB_LIBRARY names, and no other; or
// libduckdb.so beside the program, in ../lib/daybook, and where the build found it.
std::vector<std::string> library_candidates();

// DuckDB's version, such as "v1.4.4"; loads the library.  kUnsupported: there is none.
Result<std::string> library_version();

}  // namespace daybook::duck
