// What `daybook verify` finds by the seals: parts, seals and history that are not what was sealed.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "ledger/seal_chain.h"
#include "ledger/verify.h"
#include "ledger/verify_finding.h"
#include "log/layout.h"
#include "log/log_source.h"
#include "log/scan.h"

namespace daybook::ledger {

// The seal of `part`; nullptr if it has none that can be read.
const StoredSeal* seal_of(const SealFiles& files, const log::PartId& part);

// A sealed part that is not what was sealed, by what its lines say.  At most one finding.
std::vector<VerifyFinding> check_facts(const log::Layout& layout, const StoredSeal& stored,
                                       const PartFacts& found);

// The same by its bytes, all of which are read.
Result<std::vector<VerifyFinding>> check_bytes(const log::LogSource& source,
                                               const StoredSeal& stored);

// Parts that are not there: those that were sealed, and those whose numbers are below that of a
// sealed part of their day, since a part's number is one more than the greatest there is.
std::vector<VerifyFinding> check_presence(const log::Layout& layout, const SealFiles& files,
                                          const std::vector<log::PartInfo>& parts);

// Seals that are missing, changed or out of the chain, and a head that is wrong.
std::vector<VerifyFinding> check_chain(const log::Layout& layout, const Chain& chain);

// A chain that is not the one that was signed, or a signature that does not hold.
std::vector<VerifyFinding> check_signed(const LedgerDir& dir, const VerifyOptions::Signed& expected,
                                        const SealFiles& files, const Chain& chain);

}  // namespace daybook::ledger
