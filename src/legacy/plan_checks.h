// What a plan leaves out of a file, in words, and what it cannot do.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "legacy/plan_query.h"

namespace daybook::legacy {

// Refuses rules that make the same event of the same row: it would have the same id twice.
Status check_ids(const std::vector<Draft>& drafts, duck::Connection& connection);

// Columns of tables that are read and that are in no event.
std::vector<std::string> columns_left_out(const std::vector<Draft>& drafts);

// Rows of tables that are read and that become no event, or none of those that a value of them
// decides between: how many, and what the values are.
Result<std::vector<std::string>> rows_left_out(const std::vector<Draft>& drafts,
                                               duck::Connection& connection);

// What of the file is in no event, and is not among what the mapping ignores: rows of tables that
// no rule reads, values of columns that are in none, and rows of which only a part is in one.
Result<std::vector<LeftOut>> find_left_out(const std::vector<Draft>& drafts, const Mapping& mapping,
                                           const Catalog& catalog, duck::Connection& connection);

// The names that the mapping ignores and the file does not have; empty: it has all.
std::string ignored_in_vain(const Mapping& mapping, const Catalog& catalog);

// Runs that several tables have the beginning of, for they may be different ones; empty: none.
Result<std::string> runs_of_several_tables(const std::vector<Draft>& drafts,
                                           duck::Connection& connection);

}  // namespace daybook::legacy
