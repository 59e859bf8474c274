#include "schema/schema_nodes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/text.h"
#include "schema/reference_json.h"

namespace daybook::schema {
namespace {

using Json = nlohmann::json;

// Each schema on the way is some kilobytes of valijson's stack.
constexpr std::size_t kDepthMax = 256;
constexpr std::size_t kAppliedHereMax = 64;
constexpr std::size_t kSchemasMax = 10'000;

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

class Collection {
public:
    explicit Collection(Json& root) : root_(root) {}

    Result<std::vector<SchemaNode>> run() {
        RETURN_IF_ERROR(add(root_, "", 0).map([](std::size_t) {}));
        chain_.assign(nodes_.size(), 0);
        is_under_way_.assign(nodes_.size(), false);
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            RETURN_IF_ERROR(follow(i, 0).map([](std::size_t) {}));
        }
        return std::move(nodes_);
    }

private:
    // The position of the schema `node`, with all that it leads to.
    Result<std::size_t> add(Json& node, const std::string& at, std::size_t depth) {
        const auto [known, is_new] = positions_.try_emplace(&node, nodes_.size());
        const std::size_t position = known->second;
        // One that is still under way is above, and counts there.
        const std::size_t deepest = depth + (is_new ? 0 : height_[position]);
        if (deepest > kDepthMax) {
            return refuse_type(
                at, fmt::format("schemas lead to more than {} others, one from the other, "
                                "expected fewer",
                                kDepthMax));
        }
        if (!is_new) return position;
        if (nodes_.size() == kSchemasMax) {
            return refuse_type(
                at, fmt::format("it has more than {} schemas in it, expected fewer", kSchemasMax));
        }
        nodes_.push_back({.schema = &node, .at = at});
        height_.push_back(0);
        if (node.contains("$ref")) {
            // What else is beside it counts for nothing.
            RETURN_IF_ERROR(add_reference(node["$ref"], position, depth));
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

    // The position of what is within `from`, or what that refers to.
    Result<std::size_t> add_below(Json& node, std::size_t from, const std::string& at,
                                  std::size_t depth) {
        ASSIGN_OR_RETURN(const std::size_t position, add(node, at, depth + 1));
        height_[from] = std::max(height_[from], height_[position] + 1);
        return position;
    }

    Status add_reference(const Json& reference, std::size_t from, std::size_t depth) {
        const std::string at = nodes_[from].at + "/$ref";
        Json* const target = reference.is_string()
                                 ? resolve_reference(root_, reference.get_ref<const std::string&>())
                                 : nullptr;
        if (target == nullptr || !target->is_object()) {
            return refuse_type(at, fmt::format("found {}, expected a place in this schema, `#…`",
                                               printable(reference.dump())));
        }
        const std::string place(reference.get_ref<const std::string&>(), 1);
        ASSIGN_OR_RETURN(const std::size_t position, add_below(*target, from, place, depth));
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
        ASSIGN_OR_RETURN(const std::size_t position, add_below(value, from, at, depth));
        if (is_here) nodes_[from].applied_here.push_back(position);
        return {};
    }

    // How many schemas apply to one value, one by the other, from this one on.
    Result<std::size_t> follow(std::size_t position, std::size_t steps) {
        if (is_under_way_[position]) {
            return refuse_type(nodes_[position].at,
                               "it refers back to itself without looking any deeper into an event, "
                               "expected a schema that comes to an end");
        }
        if (steps + chain_[position] > kAppliedHereMax) return refuse_chain(position);
        if (chain_[position] > 0) return chain_[position];
        is_under_way_[position] = true;
        std::size_t longest = 0;
        for (const std::size_t next : nodes_[position].applied_here) {
            ASSIGN_OR_RETURN(const std::size_t length, follow(next, steps + 1));
            longest = std::max(longest, length);
        }
        is_under_way_[position] = false;
        chain_[position] = longest + 1;
        if (chain_[position] > kAppliedHereMax) return refuse_chain(position);
        return chain_[position];
    }

    tl::unexpected<Error> refuse_chain(std::size_t position) const {
        return refuse_type(nodes_[position].at,
                           fmt::format("more than {} schemas apply to one value, one by the other, "
                                       "expected fewer",
                                       kAppliedHereMax));
    }

    Json& root_;
    std::vector<SchemaNode> nodes_;
    std::map<const Json*, std::size_t> positions_;
    std::vector<std::size_t> height_;  // how many schemas, one from the other, each leads to
    std::vector<std::size_t> chain_;   // the same of those that apply to one value; 0: not known
    std::vector<bool> is_under_way_;
};

}  // namespace

Result<std::vector<SchemaNode>> schema_nodes(Json& root) { return Collection(root).run(); }

}  // namespace daybook::schema
