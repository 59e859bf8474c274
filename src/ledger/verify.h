// `daybook verify`: is every line as it was written, and is none missing between others?
// What a part's own lines cannot tell (a part removed, its end cut off) it cannot see.
//
// Reads every line of every part.  Takes no lock, changes no byte, and may run beside writers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "log/audit.h"

namespace daybook::ledger {

struct VerifyFinding {
    std::string kind;  // a stable name: "damaged", "lost", "torn", "conflicting", …
    std::string part;  // "day=2026-01-23/part-000001"
    std::string file;  // its path
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool problem = true;  // false: worth knowing, nothing is wrong
    std::string detail;
};

struct VerifyReport {
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;   // lines that are whole, copies included
    std::uint64_t foreign = 0;  // of them, those of other tools: unverified
    std::uint64_t copies = 0;   // events that are there more than once, alike
    std::uint64_t problems = 0;
    std::vector<VerifyFinding> findings{};  // by part and offset

    bool clean() const { return problems == 0; }
};

// Called now and then with the bytes read and the bytes there are.
using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// kNotFound: no ledger there; kUnsupported: another format.
Result<VerifyReport> verify(const LedgerDir& dir, const VerifyProgress& progress = {});

}  // namespace daybook::ledger
