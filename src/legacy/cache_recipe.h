// What the cache of an old file should be made of, and by.
#pragma once

#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/cache_state.h"
#include "legacy/source_copy.h"
#include "legacy/sources.h"

namespace daybook::legacy {

struct CacheRecipe {
    std::string mapping{};  // its text, and what messages call it
    std::string mapping_name{};
    std::string types{};  // those that the ledger's users have registered, as the ledger has them
    // By what rows become events: versions of this program's parts, hashes of mapping and types.
    std::string text{};
    Result<SourceState> file;  // an error if it cannot be looked at

    // What reads it: another version of the program may be able to.
    std::string reader() const;
    // Whether `state` is that of the file as it is now, read in this way.
    bool is_what(const CacheState& state) const;
};

// For `source` of the ledger in `dir`, as things are now.
Result<CacheRecipe> read_recipe(const ledger::LedgerDir& dir, const Source& source);

}  // namespace daybook::legacy
