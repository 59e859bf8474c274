// Which events a row of the index came from, and why others did not count.
//
// It asks the log and not the index: the rules of docs/formats/tables.md, applied once more by code
// of their own.  Where the index has another winner than this says, `daybook index --check`
// differs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/row_history.h"
#include "index/row_key.h"

namespace daybook::index {

// An event that the row came from, or that was considered.
struct ExplainedEvent {
    std::string part;  // "day=2026-01-23/part-000001"
    ByteOffset offset;
    std::string event_type;
    std::string event_id;
    std::int64_t timestamp_ms = 0;
    // The columns that came from it, parted by commas; "the whole row"; empty: none.
    std::string won;
    // Why it won no more: "older", …; empty if it won all that it could.
    std::string lost;
    bool operator==(const ExplainedEvent&) const = default;
};

struct Explanation {
    // In the order of the log.
    std::vector<ExplainedEvent> events;
    // What came from no event alone, and what was left out of `events`.
    std::vector<std::string> notes;
};

// Called now and then with the bytes read so far, of so many; returning false ends it with
// kCancelled.
using BytesProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// Explains the row `key` from the whole log of the ledger in `root`, which is read twice.
// kNotFound: no event makes such a row.
Result<Explanation> explain(const std::string& root, const RowKey& key,
                            const BytesProgress& progress = {});

// The same from events that have been gathered.
Result<Explanation> explain_events(const RowKey& key, std::vector<RowEvent> events,
                                   const std::vector<RowDamage>& damage);

}  // namespace daybook::index
