// A seal compared with the part that it seals and with the chain that it stands in
// (docs/formats/seal.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/event_text.h"
#include "ledger/seal.h"

namespace daybook::cli {

// Where a seal stands among those of its ledger.
struct SealPlace {
    std::uint64_t position = 0;  // from 1; 0: the chain does not reach it
    std::uint64_t seals = 0;     // in the chain
    std::optional<ledger::Head> head{};
};

struct SealReport {
    std::vector<EventField> fields;
    std::string seal_sha256;  // what the next seal's `previous` and the head must say
    // nullopt: the seal does not lie in a ledger.
    std::optional<SealPlace> place{};
    // Why the part is not what was sealed; empty if it is.
    std::string problem;
};

// Reads the seal at `path`, the part beside it or in an archive, and the other seals of its ledger.
// A part that is nowhere is a problem, not an error.
Result<SealReport> examine_seal(const std::string& path);

}  // namespace daybook::cli
