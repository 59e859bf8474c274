// Files by shell patterns.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::os {

// The files that match, sorted, directories left out: *, ?, [a-z], {a,b} and a leading ~, as in a
// shell; relative patterns from the working directory.  kIo: a directory could not be read.
Result<std::vector<std::string>> matching_files(const std::string& pattern);

}  // namespace daybook::os
