// Processes that append and are killed at random moments, again and again; and what must be true of
// the ledger afterwards.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "selftest/check.h"

namespace daybook::selftest {

// The greatest number of an event that each process reported as acknowledged, by its name.
using Acknowledged = std::map<std::string, std::uint32_t>;

// The last number in what a worker printed, a number a line.  A line that was cut off counts for
// nothing.  `trouble` gets the first line that is no number.
std::uint32_t last_acknowledged(std::string_view output, std::string* trouble);

// What the ledger holds, compared with what was acknowledged.
struct StormResult {
    std::uint64_t events = 0;  // whole lines
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;      // acknowledged, and not there
    std::uint64_t repeated = 0;  // there more than once
    std::uint64_t damaged = 0;   // lines
    std::uint64_t torn = 0;      // tails: in torn/, and those that parts end with
    bool operator==(const StormResult&) const = default;
};
Result<StormResult> take_stock(const ledger::LedgerDir& dir, const Acknowledged& acknowledged);

// Runs the storm on a ledger in context.dir.
Result<Checks> run_storm(const StageContext& context, const ledger::LedgerDir& dir);

}  // namespace daybook::selftest
