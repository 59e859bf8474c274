// How much room a file system has.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace daybook::os {

// Bytes that this user may still write below `path`, as the file system counts them.
Result<std::uint64_t> free_bytes(const std::string& path);

}  // namespace daybook::os
