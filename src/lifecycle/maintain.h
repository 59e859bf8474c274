// One task of maintenance, as the daemon does it: within a pace, and giving up when it is told to.
//
// Each holds lifecycle.lock while it works, waits for nobody, and leaves a ledger that whoever
// comes next goes on with, wherever it was stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/pace.h"
#include "lifecycle/schedule.h"

namespace daybook::lifecycle {

inline constexpr int kArchiveAfterDaysDefault = 7;

struct MaintainOptions {
    // Days that ended longer ago than this are archived.
    std::int64_t archive_after_ms = std::int64_t{kArchiveAfterDaysDefault} * 24 * 60 * 60 * 1000;
};

// What a task came to.
struct Deed {
    Outcome outcome = Outcome::kIdle;
    std::uint64_t bytes = 0;  // that were archived, deleted or moved
    std::string text{};       // what was done, or why not; empty: nothing was to be done
    std::vector<std::string> notes{};
};

// Does `task`.  An error is an outcome: nothing here may end a daemon.
Deed maintain(const ledger::LedgerDir& dir, Task task, const MaintainOptions& options, Pace& pace,
              const Clock& clock);

}  // namespace daybook::lifecycle
