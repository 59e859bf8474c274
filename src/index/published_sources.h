// The runs of sources beside the log, in a snapshot: schema `_legacy` holds their rows, the views
// are over those and the log's, and the tables stay the log's own.
//
//     _legacy.<table>     all rows of the sources (extra_tables.h)
//     _all_<table>       a view: the rows that count of both
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "index/extra_index.h"

namespace daybook::index {

struct SourcesUpdate {
    bool is_changed = false;  // there is something to publish
    std::vector<std::string> notes;
};

// Brings what a working database holds of the sources up to date: their rows, if they are others
// than those it has, and who answers for which run.  `wanted` unset: the sources stay as they are.
// `log_changed`: the log's rows are others than when this was last called.  A source that cannot be
// read is noted, and what is there of it stays.
Result<SourcesUpdate> update_sources(duck::Connection& connection,
                                     const std::optional<std::vector<ExtraIndex>>& wanted,
                                     bool log_changed);

// The same rows under the tables' own names, where a snapshot that has sources is attached as
// `snapshot` to `connection`, whose own database is in memory and empty.
Status create_published_views(duck::Connection& connection);

}  // namespace daybook::index
