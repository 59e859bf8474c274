// The ledger that the rows of a copy become, and what answers from it; and the names of all that a
// cache keeps (cache.h).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "legacy/cache_recipe.h"
#include "legacy/cache_state.h"
#include "legacy/refresh_options.h"

namespace daybook::legacy {

// A copy that is being made.
inline constexpr std::string_view kIncoming = "incoming.duckdb";

// The name of a copy whose bytes have this SHA-256.
std::string copy_name(std::string_view sha256);

// Makes events of the rows of `state.copy`, which lies in `directory`, an index of those, and what
// answers of that; `state` names them then, and says what was found.  After an error it is good for
// nothing, and whatever answered before still does.  Errors of EventStream and import_events().
Status make_rows(const std::string& directory, const std::string& source, const CacheRecipe& recipe,
                 const RefreshOptions& options, CacheState& state);

// Removes what `state` does not name.  `keeps_rows`: ledgers stay, for a refresh that goes on.
Status remove_unnamed(const std::string& directory, const CacheState& state, bool keeps_rows);

}  // namespace daybook::legacy
