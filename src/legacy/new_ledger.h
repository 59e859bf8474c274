// Nothing stays of a ledger that was not there before, if nothing came into it.
//
// Whoever attaches or imports the wrong file, into a directory whose name is mistyped, finds no
// ledger there afterwards.
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger_dir.h"

namespace daybook::legacy {

class NewLedger {
public:
    // Looks which of the directories that old files need are missing.
    explicit NewLedger(const ledger::LedgerDir& dir);
    // Removes those of them that are empty.  What else is in them is somebody's.
    ~NewLedger();
    NewLedger(const NewLedger&) = delete;
    NewLedger& operator=(const NewLedger&) = delete;

private:
    ledger::LedgerDir dir_;
    bool is_root_missing_ = false;
    std::vector<std::string> missing_;  // the innermost first
};

}  // namespace daybook::legacy
