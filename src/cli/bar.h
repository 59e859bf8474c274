// Bars of text that show when something happened, and for how long.
#pragma once

#include <cstdint>
#include <string>

namespace daybook::cli {

// A stretch of time within a longer one, in any unit.
struct Stretch {
    std::int64_t start = 0;
    std::int64_t length = 0;
    std::int64_t total = 0;  // the longer one's length
};

// The stretch drawn to scale on a line of `columns` columns: blanks up to its start, then blocks
// (to an eighth of a column) or, without `blocks`, number signs.  What is too short to be seen is
// drawn as the least there is.
std::string scale_bar(const Stretch& stretch, int columns, bool blocks);

}  // namespace daybook::cli
