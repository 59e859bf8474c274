// What a reference within a schema means: "#/definitions/price".
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "schema/schema_json.h"

namespace daybook::schema {

// A token of the pointer in a reference; nullopt: it is none, or one that valijson reads otherwise
// than the standards do.
std::optional<std::string> decoded_token(std::string_view text);

// The member or item of `node` that a token names; null: it has none.
template <typename Json>
Json* member_of(Json& node, const std::string& token) {
    if (node.is_object()) {
        const auto found = node.find(token);
        return found == node.end() ? nullptr : &*found;
    }
    std::size_t index = 0;
    const auto parsed = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool is_index = node.is_array() && parsed.ec == std::errc() &&
                          parsed.ptr == token.data() + token.size() &&
                          (token.size() == 1 || token[0] != '0') && index < node.size();
    return is_index ? &node[index] : nullptr;
}

// The place within `root`; null: there is none.  `Json`: either of the library's trees, const or
// not.
template <typename Json>
Json* resolve_reference(Json& root, std::string_view reference) {
    if (!reference.starts_with('#')) return nullptr;
    std::string_view rest = reference.substr(1);
    Json* node = &root;
    while (!rest.empty()) {
        if (rest[0] != '/') return nullptr;
        rest.remove_prefix(1);
        const std::string_view text = rest.substr(0, rest.find('/'));
        const std::optional<std::string> token = decoded_token(text);
        if (!token || token->empty()) return nullptr;
        node = member_of(*node, *token);
        if (node == nullptr) return nullptr;
        rest.remove_prefix(text.size());
    }
    return node;
}

}  // namespace daybook::schema
