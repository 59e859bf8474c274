// What `daybook verify` finds: one value for all kinds, so that whoever acts upon findings (a
// report, a repair) can do so by kind, part, offset and length.
//
// The kinds and what they mean are listed in docs/formats/part.md and docs/formats/seal.md.
#pragma once

#include <cstdint>
#include <string>

namespace daybook::ledger {

struct VerifyFinding {
    std::string kind{};  // a stable name: "damaged", "lost", "torn", "conflicting", "grown", …
    std::string part{};  // "day=2026-01-23/part-000001"; empty if no part is meant
    std::string file{};  // where to look: the part, its seal, the head, an artifact
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool problem = true;  // false: worth knowing, nothing is wrong
    std::string detail{};
    bool operator==(const VerifyFinding&) const = default;
};

}  // namespace daybook::ledger
