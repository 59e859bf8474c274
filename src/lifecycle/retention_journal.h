// archive/_retention.json: a retention that has been decided, and is not done yet.
//
// It is written before anything else, durably, and holds all that the deed needs: which runs go,
// out of which days, and under which ids and with which time the events say so.  So whoever holds
// lifecycle.lock next can finish it, with the same bytes.  The format is docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/policy.h"

namespace daybook::lifecycle {

// Runs that one ledger.retained names at most.
inline constexpr std::size_t kRunsAnEventMax = 1000;

struct JournalDay {
    Day day{};
    // Of its ledger.retained events, one for each kRunsAnEventMax runs of the day.
    std::vector<std::string> event_ids{};
    // Ids that it had before runs were taken off the journal: an event of one may have been
    // appended, and says more than what went.
    std::vector<std::string> former_ids{};
    bool operator==(const JournalDay&) const = default;
};

struct RetentionJournal {
    TimestampMs at{};  // when it was decided; the time of its events
    std::string reason{};
    std::string author{};
    Summaries summaries = Summaries::kKeep;
    std::vector<std::string> runs{};  // sorted
    // The days out of which lines go, and all days on which the runs have events; in order.
    std::vector<JournalDay> days{};
    std::vector<Day> days_of_runs{};
    bool operator==(const RetentionJournal&) const = default;
};

// nullopt: there is none.  kCorrupt: there is one, and it is not as it should be; kUnsupported: one
// of a newer format.
Result<std::optional<RetentionJournal>> read_journal(const ledger::LedgerDir& dir);

// Both are durable when they return.
Status write_journal(const ledger::LedgerDir& dir, const RetentionJournal& journal);
Status remove_journal(const ledger::LedgerDir& dir);

}  // namespace daybook::lifecycle
