#include "legacy/source_name.h"

#include <algorithm>

#include "base/text.h"

namespace daybook::legacy {
namespace {

constexpr std::size_t kNameCharsMax = 64;

// ".x" is a hidden directory, "-x" a flag to most programs.
bool is_first_char(char c) { return c != '.' && c != '-'; }

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

Status check_source_name(std::string_view name) {
    if (!name.empty() && name.size() <= kNameCharsMax && is_first_char(name.front()) &&
        std::all_of(name.begin(), name.end(), is_name_char)) {
        return {};
    }
    return fail(ErrorCode::kInvalidArgument,
                "name of the source: found '{}', expected 1 to {} letters, digits, '.', '_' and "
                "'-', the first of them no '.' and no '-'",
                printable(name), kNameCharsMax);
}

std::string default_source_name(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);
    if (const std::size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0) {
        path = path.substr(0, dot);
    }
    std::string name(path.substr(0, kNameCharsMax));
    std::replace_if(name.begin(), name.end(), [](char c) { return !is_name_char(c); }, '_');
    if (name.empty() || !is_first_char(name.front())) name.insert(0, "_");
    return name.substr(0, kNameCharsMax);
}

}  // namespace daybook::legacy
