#include "query/filter_error.h"

#include <algorithm>

namespace daybook::query {
namespace {

// How much of a long filter is shown on either side of the place, in characters.
constexpr std::size_t kAround = 60;

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

std::string filter_excerpt(std::string_view text) {
    std::string shown(text);
    for (char& byte : shown) {
        const auto value = static_cast<unsigned char>(byte);
        if (value < 0x20 || value == 0x7F) byte = ' ';
    }
    return shown;
}

Error filter_error(std::string_view filter, std::size_t offset, std::string_view message) {
    offset = std::min(offset, filter.size());
    std::size_t begin = offset;
    std::size_t before = 0;
    while (begin > 0 && before < kAround) before += begins_character(filter[--begin]) ? 1U : 0U;
    std::size_t end = offset;
    std::size_t after = 0;
    while (end < filter.size() && (after < kAround || !begins_character(filter[end]))) {
        after += begins_character(filter[end++]) ? 1U : 0U;
    }
    const auto column = std::count_if(
        filter.begin(), filter.begin() + static_cast<std::ptrdiff_t>(offset), begins_character);
    const std::string_view left = begin > 0 ? "…" : "";
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("column {}: {}\n  {}{}{}\n  {:{}}^", column + 1, message, left,
                             filter_excerpt(filter.substr(begin, end - begin)),
                             end < filter.size() ? "…" : "", "", before + (left.empty() ? 0 : 1)));
}

}  // namespace daybook::query
