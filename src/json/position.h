// Where in a text a byte is, as editors count.
#pragma once

#include <cstddef>
#include <string_view>

namespace daybook::json {

// Both from 1; columns count characters.
struct Position {
    std::size_t line = 1;
    std::size_t column = 1;
    bool operator==(const Position&) const = default;
};

Position position_of(std::string_view text, std::size_t offset);

}  // namespace daybook::json
