// What was copied for a backup, held against what the ledger's own seals and manifests say.
//
// A backup has one generation: its new list takes the old one's place.  So a part that was lost or
// changed in the ledger must not take the place of the good copy that the last backup has of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/backup_plan.h"
#include "lifecycle/stored_files.h"

namespace daybook::lifecycle {

// Looks for sealed parts and files of archives that are missing or are not what their seal or
// manifest says, for seals that are missing, for seals and manifests that cannot be read, for parts
// without a seal that are missing or do not begin with what the last backup has of them, and for
// artifacts that are not what their names say.  For each that the last backup (`last`, by path) has
// better, `list` gets the entry of the last one. Returns a sentence for each loss, with what became
// of it; none: the copy is whole.  The caller holds lifecycle.lock.
Result<std::vector<std::string>> keep_what_was_lost(const ledger::LedgerDir& dir,
                                                    const BackupPlan& plan,
                                                    const std::map<std::string, BackupFile>& last,
                                                    const StoredFiles& stored, BackupList& list);

}  // namespace daybook::lifecycle
