// Errors of the operating system, in our words.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::os {

// "`attempt` `path`: No space left on device", with the code that tells the caller's next step.
Error errno_error(int error_number, std::string_view attempt, std::string_view path);

}  // namespace daybook::os
