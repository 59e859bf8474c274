// The escapes of JSON strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace daybook::json {

// How many bytes the escape at the beginning of `text`, which is a backslash, takes; two surrogates
// that make a pair are one escape.  0 if it is none, half a pair included.
std::size_t escape_size(std::string_view text);

// Appends what `raw`, the inside of a string whose escapes are whole, stands for.
void unescape(std::string_view raw, std::string& out);

// The most that write_escape() writes.
inline constexpr std::size_t kEscapeCharsMax = 6;

// Writes the escape of `byte`, which is `"`, `\` or a control character, and returns its end.
char* write_escape(unsigned char byte, char* out);

}  // namespace daybook::json
