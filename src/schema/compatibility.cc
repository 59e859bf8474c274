#include "schema/compatibility.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace daybook::schema {
namespace {

constexpr int kDepthMax = 64;
const Tree kAnything = true;

class Comparison {
public:
    Comparison(const Tree& older, const Tree& newer) : older_root_(older), newer_root_(newer) {}

    void compare(const Tree& older_node, const Tree& newer_node, const std::string& at, int depth) {
        const Tree& older = resolve(older_node, older_root_);
        const Tree& newer = resolve(newer_node, newer_root_);
        // Schemas that refer to themselves: beyond this nothing new appears.
        if (depth > kDepthMax || older == newer || newer == Tree(true) || older == Tree(false))
            return;
        if (newer == Tree(false)) return report(at, "not allowed any more");
        if (newer.empty()) return;
        const Tree& old_object = older.is_object() ? older : empty_;
        compare_types(old_object, newer, at);
        compare_choices(old_object, newer, at);
        compare_bounds(old_object, newer, at);
        compare_fixed(old_object, newer, at);
        compare_fields(old_object, newer, at, depth);
        compare_items(old_object, newer, at, depth);
    }

    Compatibility result;

private:
    void report(const std::string& at, const std::string& what) {
        result.breaks.push_back(fmt::format("{}: {}", at.empty() ? "/" : at, what));
    }

    static const Tree& resolve(const Tree& node, const Tree& root) {
        const Tree* found = &node;
        for (int hops = 0; hops < kDepthMax && found->is_object() && found->contains("$ref");
             ++hops) {
            const Tree& ref = (*found)["$ref"];
            if (!ref.is_string() || !ref.get_ref<const std::string&>().starts_with('#')) break;
            const Tree::json_pointer pointer(ref.get_ref<const std::string&>().substr(1));
            if (!root.contains(pointer)) break;
            found = &root[pointer];
        }
        return *found;
    }

    static const Tree& member(const Tree& node, std::string_view key, const Tree& otherwise) {
        const auto found = node.find(std::string(key));
        return found == node.end() ? otherwise : *found;
    }

    static std::set<std::string> types_of(const Tree& node) {
        const auto found = node.find("type");
        if (found == node.end()) {
            return {"null", "boolean", "integer", "number", "string", "array", "object"};
        }
        std::set<std::string> types;
        if (found->is_string()) types.insert(found->get<std::string>());
        if (found->is_array()) {
            for (const Tree& type : *found) types.insert(type.get<std::string>());
        }
        return types;
    }

    void compare_types(const Tree& older, const Tree& newer, const std::string& at) {
        if (!newer.contains("type")) return;
        std::set<std::string> allowed = types_of(newer);
        if (allowed.contains("number")) allowed.insert("integer");
        for (const std::string& type : types_of(older)) {
            // An older enum says more than its type.
            if (!allowed.contains(type) && !older.contains("enum") && !older.contains("const")) {
                report(at, fmt::format("may have been {}, which is not allowed any more", type));
            }
        }
    }

    // The values that `node` allows, if it lists them.
    static std::optional<std::vector<Tree>> choices_of(const Tree& node) {
        if (node.contains("const")) return std::vector<Tree>{node["const"]};
        if (!node.contains("enum")) return std::nullopt;
        return std::vector<Tree>(node["enum"].begin(), node["enum"].end());
    }

    void compare_choices(const Tree& older, const Tree& newer, const std::string& at) {
        const auto before = choices_of(older);
        const auto now = choices_of(newer);
        if (!now) {
            if (before && newer.contains("type")) compare_choice_types(*before, newer, at);
            return;
        }
        if (!before)
            return report(at, "only a few values are allowed, and it may have been others");
        for (const Tree& value : *before) {
            if (std::find(now->begin(), now->end(), value) == now->end()) {
                report(at, fmt::format("may have been {}, which is not allowed any more",
                                       value.dump()));
            }
        }
    }

    void compare_choice_types(const std::vector<Tree>& choices, const Tree& newer,
                              const std::string& at) {
        const std::set<std::string> allowed = types_of(newer);
        for (const Tree& value : choices) {
            const std::string type = value.is_number_integer() ? "integer" : value.type_name();
            if (allowed.contains(type) || (type == "integer" && allowed.contains("number")))
                continue;
            report(at,
                   fmt::format("may have been {}, which is not allowed any more", value.dump()));
        }
    }

    void compare_bounds(const Tree& older, const Tree& newer, const std::string& at) {
        struct Bound {
            std::string_view keyword;
            bool is_minimum;
        };
        constexpr std::array<Bound, 10> kBounds = {{{"minimum", true},
                                                    {"maximum", false},
                                                    {"exclusiveMinimum", true},
                                                    {"exclusiveMaximum", false},
                                                    {"minLength", true},
                                                    {"maxLength", false},
                                                    {"minItems", true},
                                                    {"maxItems", false},
                                                    {"minProperties", true},
                                                    {"maxProperties", false}}};
        for (const auto& [keyword, is_minimum] : kBounds) {
            const std::string key(keyword);
            if (!newer.contains(key) || !newer[key].is_number()) continue;
            const auto now = newer[key].get<double>();
            if (older.contains(key) && older[key].is_number()) {
                const auto before = older[key].get<double>();
                if (is_minimum ? before >= now : before <= now) continue;
                report(at, fmt::format("{} {} is stricter than {}", keyword, now, before));
            } else {
                report(at, fmt::format("{} {} is new", keyword, now));
            }
        }
    }

    // Keywords that must be what they were, or be absent.
    void compare_fixed(const Tree& older, const Tree& newer, const std::string& at) {
        for (const char* const keyword :
             {"pattern", "multipleOf", "uniqueItems", "contains", "propertyNames",
              "patternProperties", "dependencies", "allOf", "anyOf", "oneOf", "not", "if", "then",
              "else", "$ref"}) {
            if (!newer.contains(keyword) || newer[keyword] == Tree(false)) continue;
            if (older.contains(keyword) && older[keyword] == newer[keyword]) continue;
            report(at, fmt::format("`{}` is new or has changed", keyword));
        }
    }

    void compare_fields(const Tree& older, const Tree& newer, const std::string& at, int depth) {
        if (!types_of(older).contains("object")) return;
        const Tree& before = member(older, "properties", empty_);
        const Tree& now = member(newer, "properties", empty_);
        // Names that match a pattern have rules of their own, which are not looked into.
        const Tree& others_before = older.contains("patternProperties")
                                        ? kAnything
                                        : member(older, "additionalProperties", kAnything);
        const Tree& others_now = member(newer, "additionalProperties", kAnything);

        const Tree& required_before = member(older, "required", empty_list_);
        for (const Tree& name : member(newer, "required", empty_list_)) {
            if (std::find(required_before.begin(), required_before.end(), name) ==
                required_before.end()) {
                report(at + "/" + pointer_token(name.get<std::string>()),
                       "required, and older events may lack it");
            }
        }
        for (const auto& [name, schema] : now.items()) {
            const std::string place = at + "/" + pointer_token(name);
            if (before.contains(name)) {
                compare(before[name], schema, place, depth + 1);
            } else if (others_before == kAnything) {
                result.notes.push_back(
                    fmt::format("{}: older events could have a field of this name with any content "
                                "(the older version has an open content model)",
                                place));
            } else {
                compare(others_before, schema, place, depth + 1);
            }
        }
        for (const auto& [name, schema] : before.items()) {
            if (!now.contains(name)) {
                compare(schema, others_now, at + "/" + pointer_token(name), depth + 1);
            }
        }
        compare(others_before, others_now, at + "/*", depth + 1);
    }

    void compare_items(const Tree& older, const Tree& newer, const std::string& at, int depth) {
        if (!newer.contains("items") || !types_of(older).contains("array")) return;
        const Tree& before = member(older, "items", kAnything);
        const Tree& now = newer["items"];
        if (before == now) return;
        // A list of schemas, one for each place, is compared as a whole.
        if (now.is_array() || before.is_array()) return report(at, "`items` has changed");
        compare(before, now, at + "/*", depth + 1);
    }

    const Tree& older_root_;
    const Tree& newer_root_;
    const Tree empty_ = Tree::object();
    const Tree empty_list_ = Tree::array();
};

}  // namespace

Compatibility compare(const Tree& older, const Tree& newer) {
    Comparison comparison(older, newer);
    try {
        comparison.compare(older, newer, "", 0);
    } catch (const Tree::exception& error) {
        // A keyword of the wrong shape.
        comparison.result.breaks.push_back(fmt::format("/: cannot be compared: {}", error.what()));
    }
    return comparison.result;
}

}  // namespace daybook::schema
