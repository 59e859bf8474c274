// Names of sources: what a ledger calls an old file.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::legacy {

// A name has 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', and does not begin with '.' or '-': it is
// part of the ids of events and of names of directories.  kInvalidArgument: what is wrong.
Status check_source_name(std::string_view name);

// What a file is called if nobody chooses a name: the last part of its path without the extension,
// with '_' for what a name cannot have.
std::string default_source_name(std::string_view path);

}  // namespace daybook::legacy
