// Small helpers for messages that people read.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace daybook {

// The element of `names` nearest to `wanted` by edit distance, if it is near enough to be what was
// meant (at most a third of the longer name's length); else empty.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names);

// `bytes` fit for a terminal: control characters, and bytes that are not UTF-8, as \xNN; cut
// between characters, at `bytes_max` bytes at most, with "…".
std::string printable(std::string_view bytes, std::size_t bytes_max = 80);

// With A to Z as a to z; all else stays.
std::string lower_case(std::string_view text);

}  // namespace daybook
