// The names that questions use, as views over rows that lie elsewhere: the tables, and what is made
// of them.
#pragma once

#include "base/result.h"
#include "duck/connection.h"
#include "index/extra_tables.h"

namespace daybook::index {

// Makes main.<table> for all tables but index_meta: the log's rows, and where indexes are attached
// the rows that count of both; then the views and macros of the index over them.
Status create_answer_views(duck::Connection& connection, const LogRows& log_rows,
                           const AttachedExtras& attached);

}  // namespace daybook::index
