// quarantine/: what repairs keep.  Each thing has a note beside it, `….json`, that says where it
// came from and why.
//
//     quarantine/2026-01-23.part-000001.4711.bytes          damaged bytes, copied out of the part
//                2026-01-23.part-000001.4711.bytes.json
//                ledger.json.tmp-812.1769126400000          a file that was moved away
//                ledger.json.tmp-812.1769126400000.json
//                2026-01-23.part-000001.jsonl.tmp.1769126400000   what another tool had left
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "ledger/ledger_dir.h"
#include "ledger/repair_plan.h"
#include "log/layout.h"

namespace daybook::ledger {

// Copies the bytes of `step`, a kCopy, out of their part, with the note; both are synced.  Bytes
// that a repair copied which then came to an end are taken as they are.  Returns the path, relative
// to the ledger.  kCorrupt: the bytes are other than when they were looked at.
Result<std::string> quarantine_bytes(const LedgerDir& dir, const RepairStep& step, TimestampMs now);

// The part beside which a file of this name was left; nullopt: it is another file.
std::optional<log::PartId> quarantined_temporary(std::string_view file_name);

// How many bytes a file in quarantine/ had when it was put there, as its note says; nullopt: it has
// no note, or none that says so.
std::optional<std::uint64_t> quarantined_bytes(const std::string& path);

// Moves the file of `step`, a kMove, with the note.  Returns the new path, relative to the ledger;
// empty if the file has gone.
Result<std::string> quarantine_file(const LedgerDir& dir, const RepairStep& step, TimestampMs now);

}  // namespace daybook::ledger
