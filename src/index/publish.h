// Publishing: a complete, synced copy of the working database becomes what readers open, by one
// rename.
#pragma once

#include <string>

#include "base/result.h"
#include "index/index_layout.h"

namespace daybook::index {

// Generations that stay beside the newest, for readers that have just looked up its name.
inline constexpr std::size_t kGenerationsKept = 3;

// Why the file at `path` is no whole snapshot, as far as its size and head show; empty if it is
// one, and if there is no file.
Result<std::string> snapshot_problem(const std::string& path);

// Whether the file of `generation` is there and is the snapshot.
Result<bool> is_published(const IndexLayout& layout, Generation generation);

// Copies `work_path`, a closed DuckDB database, to the file of `generation` and makes it the
// snapshot. The path of a stray write-ahead log that was in the way, and where it went, comes back
// as a note (DuckDB would replay it into the new snapshot); empty if there was none.  The caller
// holds writer.lock.  A crash at any point leaves the old snapshot or the new one.
Result<std::string> publish(const IndexLayout& layout, const std::string& work_path,
                            Generation generation);

// As publish(), to a file of the caller's choice, without generations.
Result<std::string> publish_to(const IndexLayout& layout, const std::string& work_path,
                               const std::string& target);

}  // namespace daybook::index
