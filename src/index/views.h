// The views and macros of the index.
#pragma once

#include <string>
#include <string_view>

namespace daybook::index {

// CREATE OR REPLACE VIEW and MACRO for all of them, over what is called `prefix` and the table's
// name, which must be there.  `has_sources`: what stands for runs_status has the column `_source`
// (extra_tables.h); else the log answers for every run.
std::string create_views_sql(std::string_view prefix = {}, bool has_sources = false);

}  // namespace daybook::index
