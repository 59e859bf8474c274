// Legal holds: what may not go whatever else is said, until somebody lifts the hold.
//
//     "holds": [{"run": "policy-20", "reason": "audit 2026-4", "author": "ada", "at": "2026-…Z"},
//               {"where": "tags.case = '17'", "reason": "…"}]
//
// They lie in ledger.json and are changed under ledger.lock, by rename.  A hold on a run protects
// it before it is there, and after it was deleted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

inline constexpr std::string_view kHoldsKey = "holds";

struct Hold {
    std::string run{};    // a run's id; or
    std::string where{};  // a filter, as `daybook runs --where` takes it
    std::string reason{};
    std::string author{};  // empty: not told
    std::string at{};      // ISO 8601, UTC; empty: not told

    bool operator==(const Hold&) const = default;
};

// The holds of the ledger, in their order.  kCorrupt: the message names entry and key; nothing may
// go until it is mended.
Result<std::vector<Hold>> read_holds(const ledger::LedgerDir& dir);

// Adds one; one on the same run, or with the same filter, is replaced.  kInvalidArgument: it has
// neither run nor filter, or both, or no reason, or a filter that is none.
Status add_hold(const ledger::LedgerDir& dir, const Hold& hold);

// Lifts the hold on `run`, or with the filter `where`; the other is empty.  kNotFound: there is
// none; the message lists those that there are.
Status remove_hold(const ledger::LedgerDir& dir, std::string_view run, std::string_view where);

}  // namespace daybook::lifecycle
