#include "schema/compatibility.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "schema/reference_json.h"
#include "schema/upcast.h"

namespace daybook::schema {
namespace {

constexpr int kDepthMax = 64;
constexpr std::size_t kListedMax = 100;
constexpr std::size_t kPlaceBytesMax = 200;
const Tree kAnything = true;

class Comparison {
public:
    Comparison(const Tree& older, const Tree& newer) : older_root_(older), newer_root_(newer) {}

    void compare(const Tree& older_node, const Tree& newer_node, const std::string& at, int depth) {
        const Tree& older = resolve(older_node, older_root_);
        const Tree& newer = resolve(newer_node, newer_root_);
        // Schemas that refer to themselves: beyond this nothing new appears.
        if (depth > kDepthMax || newer == Tree(true) || older == Tree(false)) return;
        if (is_same(older, newer) || !seen_.emplace(&older, &newer).second) return;
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
    void report(const std::string& at, const std::string& what) { add(result.breaks, at, what); }
    void note(const std::string& at, const std::string& what) { add(result.notes, at, what); }

    static void add(std::vector<std::string>& to, const std::string& at, const std::string& what) {
        if (to.size() > kListedMax) return;
        to.push_back(
            to.size() == kListedMax
                ? "and more"
                : fmt::format("{}: {}", at.empty() ? "/" : printable(at, kPlaceBytesMax), what));
    }

    // Whether both are the same text and mean the same by it: what they refer to is the same, too.
    bool is_same(const Tree& older, const Tree& newer) {
        if (older != newer) return false;
        std::set<std::string> references;
        std::vector<const Tree*> open{&older};
        while (!open.empty()) {
            const Tree& node = *open.back();
            open.pop_back();
            if (!node.is_structured()) continue;
            for (const auto& [key, value] : node.items()) {
                const bool is_reference = node.is_object() && key == "$ref" && value.is_string();
                if (!is_reference) {
                    open.push_back(&value);
                } else if (references.insert(value.get<std::string>()).second) {
                    const Tree& before = resolve(node, older_root_);
                    if (before != resolve(node, newer_root_)) return false;
                    if (&before != &node) open.push_back(&before);
                }
            }
        }
        return true;
    }

    static const Tree& resolve(const Tree& node, const Tree& root) {
        const Tree* found = &node;
        for (int hops = 0; hops < kDepthMax && found->is_object() && found->contains("$ref");
             ++hops) {
            const Tree& ref = (*found)["$ref"];
            if (!ref.is_string()) break;
            const Tree* const target = resolve_reference(root, ref.get_ref<const std::string&>());
            if (target == nullptr) break;
            found = target;
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
        if (!node.contains("const") && !node.contains("enum")) return std::nullopt;
        std::vector<Tree> choices;
        if (node.contains("enum")) choices.assign(node["enum"].begin(), node["enum"].end());
        if (!node.contains("const")) return choices;
        const bool is_listed = !node.contains("enum") || std::find(choices.begin(), choices.end(),
                                                                   node["const"]) != choices.end();
        return is_listed ? std::vector<Tree>{node["const"]} : std::vector<Tree>{};
    }

    void compare_choices(const Tree& older, const Tree& newer, const std::string& at) {
        const auto before = choices_of(older);
        const auto now = choices_of(newer);
        if (before && newer.contains("type")) compare_choice_types(*before, newer, at);
        if (!now) return;
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
            const bool counts_members = keyword.ends_with("Properties");
            const bool may_be_changed = counts_members && older.contains(kChangedKeyword);
            if (!may_be_changed && older.contains(key) && older[key].is_number()) {
                const auto before = older[key].get<double>();
                if (is_minimum ? before >= now : before <= now) continue;
                report(at, fmt::format("{} {} is stricter than {}", keyword, now, before));
            } else {
                report(at, may_be_changed
                               ? fmt::format("{} {} may not hold after the upcast", keyword, now)
                               : fmt::format("{} {} is new", keyword, now));
            }
        }
    }

    static bool forbids_nothing(std::string_view keyword, const Tree& value) {
        return value == Tree(false) && (keyword == "uniqueItems" || keyword == "not");
    }

    // Whether it says something of an object's members, so that an upcast may make it untrue.
    static bool is_of_members(std::string_view keyword) {
        return keyword != "pattern" && keyword != "multipleOf" && keyword != "uniqueItems" &&
               keyword != "contains" && keyword != "additionalItems";
    }

    // Keywords that must be what they were, or be absent.
    void compare_fixed(const Tree& older, const Tree& newer, const std::string& at) {
        for (const char* const keyword :
             {"pattern", "multipleOf", "uniqueItems", "contains", "propertyNames",
              "patternProperties", "dependencies", "allOf", "anyOf", "oneOf", "not", "if", "then",
              "else", "additionalItems", "$ref"}) {
            if (!newer.contains(keyword) || forbids_nothing(keyword, newer[keyword])) continue;
            const bool may_be_changed = older.contains(kChangedKeyword) && is_of_members(keyword);
            if (!may_be_changed && older.contains(keyword) &&
                is_same(older[keyword], newer[keyword])) {
                continue;
            }
            report(at, may_be_changed ? fmt::format("`{}` may not hold after the upcast", keyword)
                                      : fmt::format("`{}` is new or has changed", keyword));
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
                note(place,
                     "older events could have a field of this name with any content (the older "
                     "version has an open content model)");
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
        if (is_same(before, now)) return;
        // A list of schemas, one for each place, is compared as a whole.
        if (now.is_array() || before.is_array()) return report(at, "`items` has changed");
        compare(before, now, at + "/*", depth + 1);
    }

    const Tree& older_root_;
    const Tree& newer_root_;
    // Pairs that were compared, or are being compared.
    std::set<std::pair<const Tree*, const Tree*>> seen_;
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
