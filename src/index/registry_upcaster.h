// The ledger's schema registry as the decoder's upcaster.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "index/decode.h"

namespace daybook::index {

struct LedgerUpcaster {
    // Null if no type has older versions to bring up, so that nothing is asked for each event.
    std::unique_ptr<Upcaster> upcaster;
    // What it does, as 32 hex digits; empty if there is none.  The rows depend on it: an index that
    // was built with another one has to be built again.
    std::string id;
};

// The upcaster of the ledger in `root`.
Result<LedgerUpcaster> registry_upcaster(const std::string& root);

}  // namespace daybook::index
