// Sizes as people write them: "50 GB", "512MiB".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace daybook {

// A whole number above 0, at most one blank, and B, or K, M, G, T with B (thousands) or iB (1024).
// kInvalidArgument: anything else; the message shows what a size looks like.
Result<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace daybook
