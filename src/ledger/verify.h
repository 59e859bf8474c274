// `daybook verify`: is every line as it was written, is none missing between others, and is what
// was sealed still what was sealed?
//
// Reads every line of every part, and the chain of seals.  What neither tells (the end of a part
// that is not sealed, cut off; such a part, removed) it cannot see.  Takes no lock, changes no
// byte, and may run beside writers and beside a sealer.
//
// Memory: one block of a part, and 200 bytes a part.  Only where the ids of parts do not ascend, or
// overlap, are they looked at closely, in at most kCopyTableBytesMax.  `deep` holds one entry an
// artifact.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/retained_events.h"
#include "ledger/signed_head.h"
#include "ledger/verify_artifacts.h"
#include "ledger/verify_finding.h"
#include "log/log_source.h"

namespace daybook::ledger {

struct VerifyReport {
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;     // copies included
    std::uint64_t foreign = 0;    // of them, those of other tools: unverified
    std::uint64_t copies = 0;     // events that are there more than once, alike
    std::uint64_t seals = 0;      // parts that are sealed
    std::uint64_t artifacts = 0;  // whose content was compared: `deep` only
    std::uint64_t problems = 0;
    std::vector<VerifyFinding> findings{};  // by part and offset

    bool clean() const { return problems == 0; }
};

struct VerifyOptions {
    // Also compares the SHA-256 of every sealed part, and of every artifact that has one.
    bool deep = false;
    // Holds the chain against a head that was signed earlier.
    struct Signed {
        SignedHead head;
        std::string path;        // of the document, for findings
        std::string public_key;  // whose signature it must be, as parse_public_key() gives it
    };
    std::optional<Signed> signed_head{};
    // Where parts are that have left events/.  Null: nothing is archived.
    std::shared_ptr<const log::ArchivedParts> archives{};
    // What is wrong with the archives themselves, given all `ledger.retained` events of the log.
    // None: nothing is archived; this module knows no format of archives.
    using ArchiveCheck =
        std::function<Result<std::vector<VerifyFinding>>(const RetainedEvents& retained)>;
    ArchiveCheck check_archives{};
    // How many rows a Parquet file has, for `deep`.  None: rows are not compared; this module knows
    // no Parquet.
    ParquetRows parquet_rows{};
};

// Called now and then with the bytes read and the bytes there are.
using VerifyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// kNotFound: no ledger there; kUnsupported: another format; those of `parquet_rows` that are not
// about a file.
Result<VerifyReport> verify(const LedgerDir& dir, const VerifyOptions& options = {},
                            const VerifyProgress& progress = {});

}  // namespace daybook::ledger
