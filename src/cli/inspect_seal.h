// A seal compared with the part that it seals (docs/formats/seal.md).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/event_text.h"

namespace daybook::cli {

struct SealReport {
    std::vector<EventField> fields;
    std::string seal_sha256;  // what the next seal's `previous` and the head must say
    // Why the part is not what was sealed; empty if it is.
    std::string problem;
};

// Reads the seal at `path` and the part beside it.  A part that is not there (archived, perhaps) is
// a problem, not an error.
Result<SealReport> examine_seal(const std::string& path);

}  // namespace daybook::cli
