// Runs' past, read from the log.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "backtest/options.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::cli {

// Reads all parts below events/, and what archives have of the run: the log is the only place that
// knows for certain, whatever state the index is in.  Not thread-safe.
class RunFinder {
public:
    explicit RunFinder(ledger::LedgerDir dir) : dir_(std::move(dir)) {}

    // What the log says of the run; nullopt if no event names it.  The log is read for the first
    // run asked for and the runs below it (its id, a dot, and more); asked for one of these, it is
    // not read again.
    Result<std::optional<backtest::ExistingRun>> find(const std::string& run_id);

private:
    Status read_family(const std::string& run_id);

    ledger::LedgerDir dir_;
    std::optional<std::string> family_;  // the run that was asked for first
    std::map<std::string, backtest::ExistingRun, std::less<>> runs_;
};

}  // namespace daybook::cli
