// Whether what was decided still holds: runs that have begun to live again, or that somebody holds,
// do not go any more.
//
// Every event that has come since the decision counts, so tags, restarts and restores need not be
// told apart; and what filters of holds say of all others is what the index said.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/retention_journal.h"
#include "lifecycle/run_family.h"
#include "log/layout.h"
#include "log/log_source.h"
#include "query/session.h"

namespace daybook::lifecycle {

// Run → why it stays.
using Stays = std::map<std::string, std::string>;

class RetentionRecheck {
public:
    // `session` answers from the log as it was before the facts of the decision were gathered; or,
    // where the decision is of an earlier process, as it is now: then all parts are read that are
    // not archived.  `dir` and `clock` are borrowed.
    static Result<RetentionRecheck> begin(const ledger::LedgerDir& dir, query::Session session,
                                          const RetentionJournal& journal, bool resumes,
                                          const Clock& clock);

    // Those of `runs` that may not go any more.  Reads what has come since the last look.
    Result<Stays> look(const std::vector<std::string>& runs);

private:
    RetentionRecheck(const ledger::LedgerDir& dir, query::Session session, Summaries summaries,
                     const Clock& clock)
        : dir_(&dir), session_(std::move(session)), summaries_(summaries), clock_(&clock) {}

    Status read_runs(const RetentionJournal& journal, bool resumes);
    Status read_cursors(bool resumes);
    Status read_growth();
    Status read_growth(const log::PartInfo& part);
    // Run → the reason of a hold on it.
    Result<Stays> holds();
    std::string why(const std::string& run_id, const Stays& held) const;

    const ledger::LedgerDir* dir_;
    query::Session session_;
    Summaries summaries_;
    const Clock* clock_;
    RunFamily family_;
    std::unordered_set<std::string> watched_;  // runs of the journal, and those above them
    Stays living_;                             // what runs that are watched do that keeps them
    Stays living_above_;                       // and those below them
    std::map<log::PartId, ByteOffset> known_;  // where the last line begins that the session knows
    std::map<log::PartId, ByteOffset> seen_;   // up to where parts were read
    std::map<std::string, std::vector<std::string>> passes_;  // filter of a hold → runs
};

}  // namespace daybook::lifecycle
