// Carries out what a journal of retention says.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/retention_journal.h"

namespace daybook::lifecycle {

struct AppliedRetention {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;       // of lines
    std::uint64_t disk_bytes = 0;  // by which the archives have become smaller
    std::uint64_t days = 0;
    std::vector<std::string> notes{};
};

struct ApplyOptions {
    // An earlier one may have come some way: events that it has appended are not appended again.
    bool resumes = false;
    const Clock* clock = &system_clock();
    std::function<bool()> keep_on{};  // false ends it after the day that is under way: kCancelled
};

// Does all that is not done yet, has the index forget, and removes the journal.  The caller holds
// lifecycle.lock.  On an error the journal stays.
Result<AppliedRetention> apply_journal(const ledger::LedgerDir& dir,
                                       const RetentionJournal& journal,
                                       const ApplyOptions& options = {});

}  // namespace daybook::lifecycle
