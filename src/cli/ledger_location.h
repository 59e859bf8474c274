// Where the ledger is: --ledger DIR, else DAYBOOK_LEDGER, else the nearest data/ledger upwards from
// the working directory, else ./data/ledger.
#pragma once

#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/ledger_location.h"

namespace daybook::cli {

// What decides.
struct LedgerQuestion {
    std::string flag{};               // --ledger; empty if it was not given
    std::string environment{};        // DAYBOOK_LEDGER; empty if unset
    std::string working_directory{};  // absolute
};

// Never fails; what is there need not exist.  The reason of the flag is "--ledger".
ledger::LedgerLocation locate_ledger(const LedgerQuestion& question);

// The same for who only reads: kNotFound, with what was looked for and what to do, unless a ledger
// (ledger.json, or events/ of another tool) is there.
Result<std::string> locate_existing_ledger(const LedgerQuestion& question);

// kUnsupported for a ledger of a format that this version does not know; what its ledger.json
// lacks otherwise hinders nobody who only reads lines.
Status refuse_other_format(const ledger::LedgerDir& dir);

}  // namespace daybook::cli
