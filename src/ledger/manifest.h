// ledger.json: what makes a directory a ledger.
//
//     {"format":1,"ledger_id":"<uuid>","created_at":"2026-01-23T09:15:00.250Z"}
//
// Keys that this version does not know are kept; a format that it does not know is refused, and
// nothing is touched.
#pragma once

#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::ledger {

inline constexpr int kLedgerFormat = 1;

struct Manifest {
    int format = kLedgerFormat;
    std::string ledger_id;
    std::string created_at;  // ISO 8601, UTC
};

// The manifest in `text`; `path` is for messages.  kUnsupported: another format.
Result<Manifest> parse_manifest(const std::string& text, const std::string& path);

// Reads ledger.json.  kNotFound: there is none.
Result<Manifest> read_manifest(const LedgerDir& dir);

// Refuses a ledger of another format (kUnsupported), and a ledger.json that says no format.  A log
// that another tool has begun has no ledger.json, and is none the worse for it.
Status check_format(const LedgerDir& dir);

// Reads ledger.json, and makes the directory and the file where they are missing.  Any number of
// processes may do so at once: one of them makes it, and all read the same.
Result<Manifest> read_or_create_manifest(const LedgerDir& dir);

}  // namespace daybook::ledger
