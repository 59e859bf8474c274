// What of a ledger stays: the policy in ledger.json, under "retention".
//
//     "retention": {"keep_days": 90, "keep_bytes": "50 GB", "keep_last_runs": 10000,
//                   "keep": ["metrics.sharpe > 2"], "pin_tags": ["keep", "stage=production"],
//                   "summaries": "keep", "deleted": false, "automatic": false}
//
// keep_days, keep_bytes and keep_last_runs are limits: a run that is beyond one of them goes.  keep
// and pin_tags protect: what they name stays, whatever the limits say.  Without a limit nothing
// goes (docs/operating/retention.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

// The key in ledger.json.
inline constexpr std::string_view kRetentionKey = "retention";

// What is left of a run that goes.
enum class Summaries {
    kKeep,  // its own few events, verbatim: that it was, how it ended, its tags
    kDrop,  // nothing
};
std::string_view to_string(Summaries summaries);

struct RetentionPolicy {
    std::optional<std::int64_t> keep_days{};
    std::optional<std::uint64_t> keep_bytes{};
    std::optional<std::uint64_t> keep_last_runs{};
    std::vector<std::string> keep{};      // filters, as `daybook runs --where` takes them
    std::vector<std::string> pin_tags{};  // "key" or "key=value"
    Summaries summaries = Summaries::kKeep;
    bool deleted = false;  // runs that were deleted go, too
    // `daybook serve --maintain` carries it out, and asks nobody.
    bool automatic = false;

    // Whether anything can go by it.
    bool has_limit() const { return keep_days || keep_bytes || keep_last_runs || deleted; }
    bool operator==(const RetentionPolicy&) const = default;
};

// The policy in `text`, the value of the key; `path` is for messages.  Strict, because a slip of
// the pen deletes: kCorrupt for a key that is not one of these and for a value that is not as it
// should be; the message names the key, what was found and what was expected.
Result<RetentionPolicy> parse_retention(std::string_view text, const std::string& path);

// The policy of the ledger; without a policy nothing goes.
Result<RetentionPolicy> read_retention(const ledger::LedgerDir& dir);

}  // namespace daybook::lifecycle
