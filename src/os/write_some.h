// One write, which is not completed.
#pragma once

#include <string_view>

#include "os/file.h"

namespace daybook::os {

// As write_all(), with one call to the kernel: what a short write leaves is for the caller, because
// bytes of other processes may lie behind it by now.
WriteOutcome write_some(int fd, std::string_view bytes, std::string_view path);

}  // namespace daybook::os
