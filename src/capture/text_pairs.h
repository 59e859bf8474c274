// Which quotes and brackets of a text belong together.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace daybook::capture {

// An opening quote or bracket, and what closes it; npos: nothing does.
struct TextPair {
    std::size_t open = 0;
    std::size_t close = std::string_view::npos;
    bool is_quote = false;
};

// By `open`, one within the other and never across.  Takes time in proportion to the text.
std::vector<TextPair> pairs_of(std::string_view text);

// From a quote to the one that ends its text: as often escaped, and no more.  npos: none does.
std::size_t closing_quote(std::string_view text, std::size_t open);

inline bool is_quote(char c) { return c == '"' || c == '\''; }

}  // namespace daybook::capture
