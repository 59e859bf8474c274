// Gathers the facts that retention decides upon: from the index what runs are, from archives what
// of them could go, from parts that are not archived what keeps them.
//
// Archives are read for the runs that a limit may ask for, and where those can have events, by
// their times and by what seals say: the columns of the envelope alone, not the lines.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/holds.h"
#include "lifecycle/policy.h"
#include "lifecycle/retention_plan.h"
#include "query/session.h"

namespace daybook::lifecycle {

// `session` answers from the log as it is now.  `keep_on`, if set, is asked now and then; false
// ends it with kCancelled.
Result<LedgerFacts> gather_facts(const ledger::LedgerDir& dir, query::Session& session,
                                 const RetentionPolicy& policy, const std::vector<Hold>& holds,
                                 const PlanTime& time, const std::function<bool()>& keep_on = {});

}  // namespace daybook::lifecycle
