// What lies where the index has to be, and cannot be used: a plain file in the place of a
// directory, or a directory in the place of a file.  Nothing is deleted that Daybook did not make:
// it is moved to quarantine/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "index/index_layout.h"

namespace daybook::index {

// Moves `path` to quarantine/, and returns where it is now.
Result<std::string> set_aside(const IndexLayout& layout, const std::string& path);

// Moves away what is in the way of the index's directories and files.  Returns a note for each.
// Any number of processes may do so at once.
Result<std::vector<std::string>> clear_the_way(const IndexLayout& layout);

}  // namespace daybook::index
