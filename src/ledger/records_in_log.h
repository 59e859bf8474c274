// Which of the records that were found where no reader looks are in the log all the same.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "ledger/copies.h"
#include "ledger/repair_look.h"
#include "log/layout.h"

namespace daybook::ledger {

// Sets `in_log` of all records of `facts`; of a record that was found twice it is set of the second
// one.  Reads those of `parts`, as they were read before, again whose ids may be wanted, up to
// their ends.  `step` is asked now and then; its error ends it.
Status mark_records_in_log(const log::Layout& layout, const std::vector<IdPart>& parts,
                           RepairFacts& facts, const std::function<Status()>& step);

}  // namespace daybook::ledger
