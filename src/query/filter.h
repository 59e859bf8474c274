// Filters of runs and trials, as people type them, made into SQL:
//
//     status = 'failed' or metrics.sharpe > 1.5 and params.kind in ('ladder', 'combo')
//
// The grammar is in filter_parser.h, the fields in filter_fields.h, both told to users in
// docs/guide/queries.md.  Whatever a filter holds, its SQL is one expression over the columns of
// its scope: names are found or refused, and values are quoted.  As in SQL, a comparison with what
// is not there is neither true nor false, and its row is left out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "query/filter_fields.h"

namespace daybook::query {

struct FilterOptions {
    FilterScope scope = FilterScope::kRuns;
    TimestampMs now{0};  // what `now` means
    KnownNames known{};
};

// The SQL of `filter`, in parentheses where they matter.  kInvalidArgument: a message that shows
// the place with a caret.
Result<std::string> filter_sql(std::string_view filter, const FilterOptions& options);

}  // namespace daybook::query
