// The environment variables that a result can depend on.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/settings.h"

namespace daybook::capture {

// Longer values are cut there, and end in "…".
inline constexpr std::size_t kVariableBytesMax = std::size_t{8} << 10;
// More variables than that are not recorded.
inline constexpr std::size_t kVariablesMax = 256;

// Those of the allow-list (variables.cc), and those that DAYBOOK_CAPTURE_VARIABLES names
// ("NAME,PREFIX*"), by name.  Secrets are left out even if they are named; values are UTF-8, and
// masked like one word of a command line (mask_arguments()).
Environment captured_variables(const Environment& environment);

// `text` with every byte that is not UTF-8 as "\xNN".
std::string as_utf8(std::string_view text);

}  // namespace daybook::capture
