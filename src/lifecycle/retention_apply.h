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
#include "lifecycle/retention_recheck.h"

namespace daybook::lifecycle {

struct AppliedRetention {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;       // of lines
    std::uint64_t disk_bytes = 0;  // by which the archives have become smaller
    std::uint64_t days = 0;
    std::vector<std::string> notes{};
    std::vector<std::string> stayed{};  // runs that were taken off the journal
    // Days that could not be done, and are no longer waited for; each names its file.
    std::vector<std::string> problems{};
};

struct ApplyOptions {
    // An earlier one may have come some way: events that it has appended are not appended again.
    bool resumes = false;
    const Clock* clock = &system_clock();
    std::function<bool()> keep_on{};  // false ends it after the day that is under way: kCancelled
};

// Does all that is not done yet, has the index forget, and removes the journal.  Before each day,
// and once more right before its event, runs that may not go any more are taken off the journal; a
// day that cannot be read is, too.  One that is resumed and whose time lies further ahead of the
// clock than an event's may gets another time.  The caller holds lifecycle.lock.  On an error the
// journal stays.
Result<AppliedRetention> apply_journal(const ledger::LedgerDir& dir, RetentionJournal journal,
                                       RetentionRecheck recheck, const ApplyOptions& options = {});

}  // namespace daybook::lifecycle
