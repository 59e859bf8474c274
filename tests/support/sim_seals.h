// The seals of a log on a simulated file system.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "log/layout.h"
#include "support/sim_fs.h"

namespace daybook::testing {

struct SealsRead {
    // Sealed parts; the empty string, or how the part differs from what its seal says.
    std::map<log::PartId, std::string> parts{};
    std::string chain_problem{};  // empty: the chain is whole, or its head is one seal behind
};

// Reads all seals and their parts, by the calls that are in force.
Result<SealsRead> read_sim_seals(const SimFs& fs);

}  // namespace daybook::testing
