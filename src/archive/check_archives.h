// What `daybook verify` finds wrong with archives: manifests, files, and what they say of parts.
//
// The lines in them are checked as those of parts are (ledger/verify.h).  The kinds of findings are
// listed in docs/formats/archive.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "archive/manifest.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/retained_events.h"
#include "ledger/verify_finding.h"
#include "log/log_source.h"

namespace daybook::archive {

struct ArchiveCheckOptions {
    // Also compares the bytes of parts that retention has touched; those of all others are
    // compared with their seals by whoever reads the log.
    bool deep = false;
};

// `retained`: the ledger.retained events of the log, which explain what was removed; those that a
// retention appends meanwhile are looked for.  A day that changes while it is judged is judged
// again.
Result<std::vector<ledger::VerifyFinding>> check_archives(const ledger::LedgerDir& dir,
                                                          const ArchiveCheckOptions& options,
                                                          const ledger::RetainedEvents& retained);

// The same of one file that `manifest` names, which lies in `directory`: whether it is there, and
// what it was.
Result<std::vector<ledger::VerifyFinding>> check_file(const std::string& directory,
                                                      const ArchiveFile& file);

// As archived_parts(), but for the days whose manifest cannot be read, which check_archives()
// names.
std::shared_ptr<const log::ArchivedParts> readable_parts(const ledger::LedgerDir& dir);

}  // namespace daybook::archive
