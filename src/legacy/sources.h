// The legacy files that are attached to a ledger: "legacy" in its ledger.json
// (docs/formats/ledger.md).
//
//     "legacy":[{"name":"lab","path":"/data/lab.duckdb","mapping":"","cutover":"2026-01-23",
//                "attached_at":"2026-02-01T10:00:00.000Z"}]
//
// The list is in the order of attachment: of a run that several have, the first of these counts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::legacy {

struct Source {
    std::string name{};     // check_source_name()
    std::string path{};     // of the DuckDB file, absolute
    std::string mapping{};  // of the mapping file, absolute; empty: the built-in one
    // Of a run that both have: created on a UTC day before this one, the source answers, else the
    // log. Unset: the log.
    std::optional<Day> cutover{};
    std::string attached_at{};  // ISO 8601, UTC
    bool operator==(const Source&) const = default;
};

// Those of the ledger.  kCorrupt: an entry is not as it should be.
Result<std::vector<Source>> read_sources(const ledger::LedgerDir& dir);
// The one called `name`.  kNotFound: none is; the message names those that there are.
Result<Source> find_source(const ledger::LedgerDir& dir, std::string_view name);

// Whether attach_source() would take it, as things are.
Status check_attachable(const ledger::LedgerDir& dir, const Source& source);

// Adds `source`, or gives the one of that name and file another mapping and cut-over; keys that
// this version does not know are kept.  The entry as it was before, if it was there.
// kAlreadyExists: the name is another file's, or the file has another name.
Result<std::optional<Source>> attach_source(const ledger::LedgerDir& dir, const Source& source);

// Takes the source away; kNotFound: there is none of that name.
Result<Source> detach_source(const ledger::LedgerDir& dir, std::string_view name);

}  // namespace daybook::legacy
