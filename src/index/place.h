// Where a row or an event of a batch is.
#pragma once

#include <cstdint>

namespace daybook::index {

struct Place {
    std::uint32_t piece = 0;
    std::uint32_t row = 0;  // its position there
    bool operator==(const Place&) const = default;
};

}  // namespace daybook::index
