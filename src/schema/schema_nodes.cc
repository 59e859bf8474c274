#include "schema/schema_nodes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/text.h"

namespace daybook::schema {
namespace {

using Json = nlohmann::json;

// Each schema on the way is some kilobytes of valijson's stack.
constexpr std::size_t kDepthMax = 256;
constexpr std::size_t kAppliedHereMax = 64;

// Keywords with schemas in them.  Those that apply to the value itself, and not to what is in it,
// are of one kind, "here".
enum class Kind : std::uint8_t { kOne, kOneHere, kListHere, kMap, kMapHere, kOneOrList };
struct Keyword {
    std::string_view name;
    Kind kind;
};
constexpr std::array<Keyword, 16> kKeywords = {{{"additionalItems", Kind::kOne},
                                                {"additionalProperties", Kind::kOne},
                                                {"allOf", Kind::kListHere},
                                                {"anyOf", Kind::kListHere},
                                                {"contains", Kind::kOne},
                                                {"definitions", Kind::kMap},
                                                {"dependencies", Kind::kMapHere},
                                                {"else", Kind::kOneHere},
                                                {"if", Kind::kOneHere},
                                                {"items", Kind::kOneOrList},
                                                {"not", Kind::kOneHere},
                                                {"oneOf", Kind::kListHere},
                                                {"patternProperties", Kind::kMap},
                                                {"properties", Kind::kMap},
                                                {"propertyNames", Kind::kOne},
                                                {"then", Kind::kOneHere}}};

tl::unexpected<Error> refuse(std::string_view at, std::string_view why) {
    return fail(ErrorCode::kInvalidArgument, "register type: {}: {}", at.empty() ? "/" : at, why);
}

std::optional<unsigned> hex_digit(char c) {
    unsigned value = 0;
    const auto parsed = std::from_chars(&c, &c + 1, value, 16);
    return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

// A token of the pointer in a reference; nullopt: it is none, or one that valijson reads otherwise
// than the standards do.
std::optional<std::string> decoded_token(std::string_view text) {
    std::string token;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '~') {
            if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) {
                return std::nullopt;
            }
            token += text[++i] == '0' ? '~' : '/';
        } else if (text[i] == '%') {
            const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
            const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
            if (!low) return std::nullopt;
            const char c = static_cast<char>(*high * 16 + *low);
            if (c == '~' || c == '/' || c == '%') return std::nullopt;
            token += c;
            i += 2;
        } else {
            token += text[i];
        }
    }
    return token;
}

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

// What a reference, "#/definitions/price", means within `root`; null: nothing.
Json* resolve(Json& root, std::string_view reference) {
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

class Collection {
public:
    explicit Collection(Json& root) : root_(root) {}

    Result<std::vector<SchemaNode>> run() {
        RETURN_IF_ERROR(add(root_, "", 0).map([](std::size_t) {}));
        is_over_.assign(nodes_.size(), false);
        is_under_way_.assign(nodes_.size(), false);
        for (std::size_t i = 0; i < nodes_.size(); ++i) RETURN_IF_ERROR(follow(i, 0));
        return std::move(nodes_);
    }

private:
    // The position of the schema `node`, with all that it leads to.
    Result<std::size_t> add(Json& node, const std::string& at, std::size_t depth) {
        const auto [known, is_new] = positions_.try_emplace(&node, nodes_.size());
        const std::size_t position = known->second;
        if (!is_new) return position;
        if (depth > kDepthMax) {
            return refuse(at,
                          fmt::format("schemas lead to more than {} others, one from the other, "
                                      "expected fewer",
                                      kDepthMax));
        }
        nodes_.push_back({.schema = &node, .at = at});
        if (node.contains("$ref")) {
            RETURN_IF_ERROR(add_reference(node["$ref"], position, depth));
            // What else is beside it counts for nothing.
            return position;
        }
        for (const auto& [name, kind] : kKeywords) {
            const auto value = node.find(std::string(name));
            if (value == node.end()) continue;
            const std::string place = fmt::format("{}/{}", at, name);
            RETURN_IF_ERROR(add_keyword(*value, kind, position, place, depth));
        }
        return position;
    }

    Status add_reference(const Json& reference, std::size_t from, std::size_t depth) {
        const std::string at = nodes_[from].at + "/$ref";
        Json* const target = reference.is_string()
                                 ? resolve(root_, reference.get_ref<const std::string&>())
                                 : nullptr;
        if (target == nullptr || !target->is_object()) {
            return refuse(at, fmt::format("found {}, expected a place in this schema, `#…`",
                                          printable(reference.dump())));
        }
        ASSIGN_OR_RETURN(
            const std::size_t position,
            add(*target, std::string(reference.get_ref<const std::string&>(), 1), depth + 1));
        nodes_[from].applied_here.push_back(position);
        return {};
    }

    Status add_keyword(Json& value, Kind kind, std::size_t from, const std::string& at,
                       std::size_t depth) {
        const bool is_here =
            kind == Kind::kOneHere || kind == Kind::kListHere || kind == Kind::kMapHere;
        const bool is_map = kind == Kind::kMap || kind == Kind::kMapHere;
        const bool is_list =
            kind == Kind::kListHere || (kind == Kind::kOneOrList && value.is_array());
        if (!is_map && !is_list) return add_schema(value, is_here, from, at, depth);
        // What is of another shape valijson refuses.
        if (is_map ? !value.is_object() : !value.is_array()) return {};
        for (const auto& [key, one] : value.items()) {
            RETURN_IF_ERROR(add_schema(one, is_here, from,
                                       fmt::format("{}/{}", at, pointer_token(key)), depth));
        }
        return {};
    }

    Status add_schema(Json& value, bool is_here, std::size_t from, const std::string& at,
                      std::size_t depth) {
        if (!value.is_object()) return {};
        ASSIGN_OR_RETURN(const std::size_t position, add(value, at, depth + 1));
        if (is_here) nodes_[from].applied_here.push_back(position);
        return {};
    }

    // Along the schemas that apply to one value.
    Status follow(std::size_t position, std::size_t steps) {
        if (is_over_[position]) return {};
        if (is_under_way_[position]) {
            return refuse(nodes_[position].at,
                          "it refers back to itself without looking any deeper into an event, "
                          "expected a schema that comes to an end");
        }
        if (steps > kAppliedHereMax) {
            return refuse(nodes_[position].at,
                          fmt::format("more than {} schemas apply to one value, one by the other, "
                                      "expected fewer",
                                      kAppliedHereMax));
        }
        is_under_way_[position] = true;
        for (const std::size_t next : nodes_[position].applied_here) {
            RETURN_IF_ERROR(follow(next, steps + 1));
        }
        is_under_way_[position] = false;
        is_over_[position] = true;
        return {};
    }

    Json& root_;
    std::vector<SchemaNode> nodes_;
    std::map<const Json*, std::size_t> positions_;
    std::vector<bool> is_over_;
    std::vector<bool> is_under_way_;
};

}  // namespace

Result<std::vector<SchemaNode>> schema_nodes(Json& root) { return Collection(root).run(); }

}  // namespace daybook::schema
