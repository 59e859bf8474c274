// Where files that come from elsewhere may lie below artifacts/.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::lifecycle {

// The SHA-256 that the name of a place promises: of objects/<2>/<62 digits>, code/<64>.diff and
// inputs/<64>.parquet below artifacts/; empty: the name promises nothing.
std::string content_of_place(std::string_view path);

// Refuses (kCorrupt) every place but artifacts/runs/<directory>/… of one of these directories, and
// those whose name says their content.
Status check_place_of_runs(std::string_view path,
                           const std::set<std::string, std::less<>>& directories);

}  // namespace daybook::lifecycle
