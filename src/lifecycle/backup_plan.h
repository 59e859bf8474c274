// What a backup of a ledger holds: a listing of a moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

struct PlannedFile {
    std::string path{};       // relative to the ledger
    std::uint64_t bytes = 0;  // when it was listed
    std::uint32_t mode = 0644;
    std::int64_t modified_ns = 0;
    // Of files that are replaced while a ledger is used, what was in them at that moment.
    std::optional<std::string> content{};
    // A part that writers may append to: so many bytes from the front, up to the end of a line,
    // belong to the backup.  Of any other file all that lies there when it is read does.
    bool is_growing = false;
    // It may go away meanwhile, and is none of what the log promises.
    bool may_vanish = false;
};

struct BackupPlan {
    std::vector<PlannedFile> files{};
    std::vector<std::string> notes{};  // what is none of a backup, and why
    // What is, and is left out: a list cannot name it.
    std::vector<std::string> unlisted{};
};

// Lists the ledger: parts up to their last whole line, seals, archives, artifacts, evidence, and
// its two documents.  Sealers wait for the listing of parts and seals, for `wait_ms` at most;
// writers wait for nothing.  The caller holds lifecycle.lock, so that no part moves.
Result<BackupPlan> plan_backup(const ledger::LedgerDir& dir, int wait_ms);

}  // namespace daybook::lifecycle
