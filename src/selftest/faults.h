// Appending while calls of the operating system fail, one after the other: what was acknowledged
// must be there, and nothing may be damaged.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "selftest/check.h"

namespace daybook::selftest {

// One way to fail: the `nth` call of a kind, from now on, with `error_number`.
struct Fault {
    const char* call = "";  // "open", "write", "fdatasync", "fsync", "rename", "ftruncate", "mkdir"
    int nth = 1;
    int error_number = 0;
};

struct FaultOutcome {
    bool fired = false;  // there was such a call
    int acknowledged = 0;
    std::string problem{};  // empty: every promise held
};

// Makes a ledger at `dir`, which must not be there, and records events while `fault` is in force.
// Nothing else of this process may be inside a call meanwhile.
Result<FaultOutcome> try_fault(const std::string& dir, const Fault& fault);

// Every fault, as far as the time allows.
Result<Checks> run_faults(const StageContext& context);

}  // namespace daybook::selftest
