// Rows of a query as a Parquet file, written outside the sandbox that made them.
#pragma once

#include <string>

#include "base/result.h"
#include "duck/rows.h"

namespace daybook::query {

// Writes what is left of `rows` to `path`, replacing what is there: each column in its own type,
// zstd, row groups of 122,880 rows.  Memory holds about one row group, however many rows there are.
// A repeated name gets _1, _2… behind it.  The file is not synced; after an error it may be there,
// unfinished.  kInvalidArgument: a type that Parquet does not have.
Status write_parquet(duck::Rows& rows, const std::string& path);

}  // namespace daybook::query
