// Calls: somebody named an asset at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "duck/connection.h"

namespace daybook::backtest {

struct Call {
    std::string id;
    std::string caller;
    std::string mint;   // the asset's symbol
    std::string chain;  // empty if there is none
    std::int64_t created_at_ms = 0;
    bool operator==(const Call&) const = default;
};

struct CallSet {
    std::vector<Call> calls;       // by (created_at_ms, id)
    std::uint64_t rows = 0;        // in the file
    std::uint64_t duplicates = 0;  // rows left out because an earlier call has their id
    bool operator==(const CallSet&) const = default;
};

// Reads the calls at `path` (see Source::open) and keeps those of the UTC days `from` to `to`, both
// inclusive.  Of the calls with one id the earliest is kept; if they name another caller, asset or
// chain that is an error that names both.  So is a row without id, caller, asset or readable time,
// by file and line.
Result<CallSet> read_calls(duck::Connection& connection, const std::string& path,
                           std::optional<Day> from, std::optional<Day> to);

}  // namespace daybook::backtest
