// Parts that were sealed and are not there: no file, and in no archive, not even as one of which
// retention has left nothing.
//
// So it is where archive/ is not mounted or half copied.  Whoever takes such a log for all there
// is takes away what the rest of it names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "log/layout.h"
#include "log/log_source.h"

namespace daybook::lifecycle {

// By day and number.  Takes no lock; what is sealed or archived meanwhile is never missing.
Result<std::vector<log::PartId>> missing_parts(const ledger::LedgerDir& dir);
Result<std::vector<log::PartId>> missing_parts(const log::LogSource& source);

// kIo: something is missing; the message says what, and what to do.  `attempt` begins it.
Status check_all_parts(const ledger::LedgerDir& dir, std::string_view attempt);

// "day=2026-01-23/part-000001 and 2 more parts were sealed and are not there"; of at least one.
std::string to_text(const std::vector<log::PartId>& missing);

}  // namespace daybook::lifecycle
