#include "json/position.h"

#include <algorithm>

namespace daybook::json {

Position position_of(std::string_view text, std::size_t offset) {
    Position position;
    for (const char c : text.substr(0, std::min(offset, text.size()))) {
        if (c == '\n') {
            ++position.line;
            position.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
            ++position.column;
        }
    }
    return position;
}

}  // namespace daybook::json
