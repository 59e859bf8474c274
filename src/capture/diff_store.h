// Diffs, kept once by their content: artifacts/code/<SHA-256>.diff below a ledger's directory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::capture {

struct StoredDiff {
    std::string sha256{};
    std::string path{};  // relative to the ledger's directory
    bool operator==(const StoredDiff&) const = default;
};

// Where the diff of this hash lies, relative to the ledger's directory.
std::string diff_path(std::string_view sha256);

// Writes `diff` where it belongs, unless it is there already.  Any number of processes may write
// the same one at once.
Result<StoredDiff> store_diff(const std::string& ledger_dir, std::string_view diff);

}  // namespace daybook::capture
