// The views and macros of the index.
#pragma once

#include <string_view>

namespace daybook::index {

// CREATE VIEW and CREATE MACRO for all of them; the tables must be there.
std::string_view create_views_sql();

}  // namespace daybook::index
