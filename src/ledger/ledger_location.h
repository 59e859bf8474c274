// Where the ledger is if nobody names it: DAYBOOK_LEDGER, else the nearest data/ledger upwards from
// the working directory, else ./data/ledger.
#pragma once

#include <string>

namespace daybook::ledger {

inline constexpr const char* kDefaultLedgerPath = "data/ledger";

struct LedgerLocation {
    std::string path{};
    // Why this one: "DAYBOOK_LEDGER", "found upwards" or "default".
    std::string reason{};
};

// `environment` is the value of DAYBOOK_LEDGER, empty if it is unset; `working_directory` is
// absolute.  Never fails; what is there need not exist.
LedgerLocation locate_ledger(const std::string& environment, const std::string& working_directory);

}  // namespace daybook::ledger
