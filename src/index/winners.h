// Which events and rows of a batch count.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "index/batch.h"

namespace daybook::index {

// Event ids with several contents, and the content that counts: the least XXH3-64.
using Conflicts = std::map<Hash128, std::uint64_t>;

struct CopyReport {
    std::uint64_t duplicates = 0;
    std::vector<Place> conflicting;  // the losing sides
};

// Leaves one event of each id: of equal copies the first, of different ones that of the least
// content.  Of an id in `conflicts` greater contents than
// that do not count either.
CopyReport drop_copies(Batch& batch, const Conflicts& conflicts);

// Leaves one row of each key in each table whose rows are not merged: that of the least or greatest
// stamp, as the table has it.  Rows of events that do not count do not either.
void pick_winners(Batch& batch);

}  // namespace daybook::index
