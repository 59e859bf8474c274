// ledger.json: what makes a directory a ledger.
//
//     {"format":1,"ledger_id":"<uuid>","created_at":"2026-01-23T09:15:00.250Z"}
//
// Other keys belong to the modules that put them there (docs/formats/ledger.md).  Keys that this
// version does not know are kept; a format that it does not know is refused, and
// nothing is touched.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

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

// The value of `key` in ledger.json as JSON text; nullopt: there is no such key, or no ledger.json.
// Errors: those of parse_manifest(); kCorrupt: the key, or one in its value, is there twice.
Result<std::optional<std::string>> manifest_value(const LedgerDir& dir, std::string_view key);

// What `key` is to be, as JSON text, made of what it is; nullopt stands for a key that is not
// there. An error changes nothing and is passed on.
using ManifestChange =
    std::function<Result<std::optional<std::string>>(const std::optional<std::string>& value)>;

// Changes the value of `key` in ledger.json, which is made where it is missing: under ledger.lock,
// by rename, so that any number of processes may do so at once and a reader sees the old file or
// the new one.  All other keys stay as they are, in their order.  `key` is none of the manifest's
// own.  kCorrupt: any key is there twice.  kBusy: another process held ledger.lock for ten seconds.
Status change_manifest_value(const LedgerDir& dir, std::string_view key,
                             const ManifestChange& change);

}  // namespace daybook::ledger
