// What of an index has to go because retention has removed lines of the log.
//
//     index_parts.rewrites ≠ the part's     the manifests say which runs, and on which days
//     ──▶ rows, ids and cursors go, in one transaction ──▶ what is left is read again
//
// An index without these rows is the one that a rebuild would make, and costs what has changed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "index/batch.h"
#include "index/fold.h"
#include "ledger/ledger_dir.h"
#include "log/log_source.h"

namespace daybook::index {

// Whether retention has removed lines of a part since it was read up to one of `states`.
bool is_rewritten(const std::vector<log::PartInfo>& parts, const std::vector<PartState>& states);

// All that manifests say was removed, in order.
Result<std::vector<RetentionMark>> retention_marks(const ledger::LedgerDir& dir);

struct ForgetPlan {
    Forgotten forgotten{};
    // Why it cannot be told what to forget, so that all must be read again; empty: it can.
    std::string obstacle{};

    bool empty() const { return forgotten.runs.empty() && obstacle.empty(); }
};

// `states` are the cursors of the index that `fold` has open, `known` what it accounts for.  What
// is damaged in its rows is an obstacle; kCorrupt is a damage of the log or of an archive.
Result<ForgetPlan> plan_forget(const ledger::LedgerDir& dir, const log::LogSource& log,
                               const std::vector<PartState>& states,
                               const std::vector<RetentionMark>& known, Fold& fold);

}  // namespace daybook::index
