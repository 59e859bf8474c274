// Event ids as 128 bits.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"

namespace daybook::index {

// The bits of a UUID of version 7, which keep its order; for any other id its XXH3-128, marked as a
// UUID of version 8, so that the two never meet.
Hash128 event_key(std::string_view event_id);

// SQL: whether the text `column` is the id of an event that was made of an old row: a UUID of
// version 8, as nothing else of Daybook makes them.
std::string is_imported_sql(std::string_view column);

}  // namespace daybook::index
