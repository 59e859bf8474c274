// What one retention has taken out of a day, and what it has left: what its ledger.retained says,
// and what the day's manifest does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/manifest.h"
#include "archive/rewrite.h"

namespace daybook::archive {

// All ranges of one retention.
struct RemovedSum {
    // Of a line each, "part offset length sha256", by part and offset.
    std::string ranges_sha256{};
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    bool operator==(const RemovedSum&) const = default;
};

// Of the ranges that name `event_id`.
RemovedSum removed_by(const Manifest& manifest, std::string_view event_id);

// The SHA-256 of what is left of the day's parts that retentions have touched: of a line for each,
// "part left_bytes left_sha256", by part.
std::string left_sha256(const Manifest& manifest);

// Lets the ranges that `rewritten` has removed, and no earlier ones, name `event_id`.
void name_retention(RewrittenFile& rewritten, std::string_view event_id);

}  // namespace daybook::archive
