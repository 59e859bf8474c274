// Opening what lies below a directory, and nothing that a link below it leads to.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

// Opens the ordinary file at `place` below `directory` for reading.  `directory` itself may be a
// link; whatever lies below it is opened level by level, so that nobody can put one in the way
// meanwhile, and a pipe is not waited for.  kNotFound: there is nothing; kInvalidArgument: a link
// is in the way, or it is no ordinary file, and the message says which.
Result<UniqueFd> open_beneath(const std::string& directory, std::string_view place);

}  // namespace daybook::os
