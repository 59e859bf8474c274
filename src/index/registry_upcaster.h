// The ledger's schema registry as the decoder's upcaster.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "index/decode.h"

namespace daybook::index {

// The upcaster for the ledger in `root`; null if no type of its registry has older versions to
// bring up, so that nothing is asked for each event.
Result<std::unique_ptr<Upcaster>> registry_upcaster(const std::string& root);

}  // namespace daybook::index
