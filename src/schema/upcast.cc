#include "schema/upcast.h"

#include <array>
#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "json/number.h"
#include "json/rules.h"

namespace daybook::schema {
namespace {

using Names = std::vector<std::string>;

std::string pointer_of(const Names& names) {
    std::string text;
    for (const std::string& name : names) text += "/" + pointer_token(name);
    return text;
}

// The names of a JSON pointer; nullopt if it is none, points at the whole, or deeper than an event
// may be nested.
std::optional<Names> parse_pointer(std::string_view text) {
    if (!text.starts_with('/')) return std::nullopt;
    Names names(1);
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '/') {
            names.emplace_back();
        } else if (text[i] != '~') {
            names.back() += text[i];
        } else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
            names.back() += text[++i] == '0' ? '~' : '/';
        } else {
            return std::nullopt;
        }
    }
    if (names.size() > kNestingMax) return std::nullopt;
    return names;
}

// An event that had such a field could not be told from the line around it.
Status check_target(const Names& names, const std::string& at) {
    if (!json::is_reserved_name(names.front())) return {};
    return fail(ErrorCode::kInvalidArgument, "{}: `{}` is reserved for the event line itself", at,
                names.front());
}

// The object that holds the last of `names`; null if there is none.
Tree* parent_of(Tree& root, const Names& names) {
    Tree* node = &root;
    for (const std::string& name : std::span(names).first(names.size() - 1)) {
        if (!node->is_object() || !node->contains(name)) return nullptr;
        node = &(*node)[name];
    }
    return node->is_object() ? node : nullptr;
}

// The same, made where it is missing.
Result<Tree*> make_parent(Tree& root, const Names& names) {
    Tree* node = &root;
    for (const std::string& name : std::span(names).first(names.size() - 1)) {
        if (!node->contains(name)) (*node)[name] = Tree::object();
        node = &(*node)[name];
        if (!node->is_object()) {
            return fail(ErrorCode::kInvalidArgument,
                        "upcast {}: found {} on the way, expected an object", pointer_of(names),
                        node->type_name());
        }
    }
    return node;
}

std::optional<Tree> parse_number_text(const std::string& text) {
    if (json::measure_number(text).size != text.size() || !json::is_finite_number(text)) {
        return std::nullopt;
    }
    Tree number = Tree::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!number.is_number()) return std::nullopt;
    return number;
}

std::optional<Tree> to_integer(const Tree& value) {
    if (value.is_number_integer()) return value;
    if (value.is_boolean()) return Tree(value.get<bool>() ? 1 : 0);
    if (!value.is_number_float()) return std::nullopt;
    const auto number = value.get<double>();
    constexpr double kExactMax = 9007199254740992.0;  // 2^53
    if (number != std::floor(number) || std::fabs(number) > kExactMax) return std::nullopt;
    return Tree(static_cast<std::int64_t>(number));
}

std::optional<Tree> to_boolean(const Tree& value) {
    if (value.is_boolean()) return value;
    if (value == Tree("true") || value == Tree(1)) return Tree(true);
    if (value == Tree("false") || value == Tree(0)) return Tree(false);
    return std::nullopt;
}

// `value` as a `type`; nullopt if there is no such value.
std::optional<Tree> cast(const Tree& value, std::string_view type) {
    if (value.is_null()) return value;
    if (value.is_structured()) return std::nullopt;
    if (type == "boolean") return to_boolean(value);
    if (type == "string") return value.is_string() ? value : Tree(value.dump());
    const std::optional<Tree> number =
        value.is_string() ? parse_number_text(value.get<std::string>()) : value;
    if (!number) return std::nullopt;
    if (type == "integer") return to_integer(*number);
    return number->is_boolean() ? Tree(number->get<bool>() ? 1 : 0) : *number;
}

Status apply(const UpcastStep& step, Tree& payload) {
    using enum UpcastStep::Op;
    if (step.op == kDefault) {
        ASSIGN_OR_RETURN(Tree* const parent, make_parent(payload, step.path));
        if (!parent->contains(step.path.back())) (*parent)[step.path.back()] = step.value;
        return {};
    }
    Tree* const parent = parent_of(payload, step.path);
    const std::string& name = step.path.back();
    if (parent == nullptr || !parent->contains(name)) return {};
    if (step.op == kCast) {
        std::optional<Tree> value = cast((*parent)[name], step.type);
        if (!value) {
            return fail(ErrorCode::kInvalidArgument,
                        "upcast {}: found {}, expected what can be cast to {}",
                        pointer_of(step.path), (*parent)[name].dump().substr(0, 80), step.type);
        }
        (*parent)[name] = std::move(*value);
        return {};
    }
    Tree value = std::move((*parent)[name]);
    parent->erase(name);
    if (step.op == kDrop) return {};
    ASSIGN_OR_RETURN(Tree* const target, make_parent(payload, step.to));
    (*target)[step.to.back()] = std::move(value);
    return {};
}

Result<UpcastStep> parse_step(const Tree& node, const std::string& at) {
    using enum UpcastStep::Op;
    const auto text = [&](const char* key) {
        const bool is_text = node.is_object() && node.contains(key) && node[key].is_string();
        return is_text ? node[key].get<std::string>() : std::string();
    };
    UpcastStep step;
    const std::optional<Names> path = parse_pointer(text("path"));
    if (!path) {
        return fail(ErrorCode::kInvalidArgument, "{}/path: expected the JSON pointer of a field",
                    at);
    }
    step.path = *path;
    const std::string op = text("op");
    const std::string to = text("to");
    if (op == "rename") {
        step.op = kRename;
        step.to = *path;
        step.to.back() = to;
        if (to.empty())
            return fail(ErrorCode::kInvalidArgument, "{}/to: expected a field's name", at);
        RETURN_IF_ERROR(check_target(step.to, at + "/to"));
    } else if (op == "move") {
        step.op = kMove;
        const std::optional<Names> target = parse_pointer(to);
        if (!target) {
            return fail(ErrorCode::kInvalidArgument, "{}/to: expected the JSON pointer of a field",
                        at);
        }
        step.to = *target;
        RETURN_IF_ERROR(check_target(step.to, at + "/to"));
    } else if (op == "default") {
        step.op = kDefault;
        if (!node.contains("value"))
            return fail(ErrorCode::kInvalidArgument, "{}/value: missing", at);
        step.value = node["value"];
        RETURN_IF_ERROR(check_target(step.path, at + "/path"));
    } else if (op == "drop") {
        step.op = kDrop;
    } else if (op == "cast") {
        step.op = kCast;
        step.type = to;
        if (to != "integer" && to != "number" && to != "string" && to != "boolean") {
            return fail(ErrorCode::kInvalidArgument,
                        "{}/to: found \"{}\", expected integer, number, string or boolean", at, to);
        }
    } else {
        return fail(ErrorCode::kInvalidArgument,
                    "{}/op: found \"{}\", expected rename, move, default, drop or cast", at, op);
    }
    return step;
}

// What `node`, an object's schema, says about the field `name`.
Tree field_schema(const Tree& node, const std::string& name) {
    if (node.contains("properties") && node["properties"].contains(name)) {
        return node["properties"][name];
    }
    if (node.contains("patternProperties")) return true;
    return node.value("additionalProperties", Tree(true));
}

bool is_required(const Tree& node, const std::string& name) {
    if (!node.contains("required")) return false;
    const Tree& names = node["required"];
    return std::find(names.begin(), names.end(), Tree(name)) != names.end();
}

// Takes `name` off the required fields; whether it was one.
bool unrequire(Tree& node, const std::string& name) {
    if (!node.contains("required")) return false;
    Tree kept = Tree::array();
    for (const Tree& other : node["required"]) {
        if (other != Tree(name)) kept.push_back(other);
    }
    const bool found = kept.size() != node["required"].size();
    node["required"] = std::move(kept);
    return found;
}

void require(Tree& node, const std::string& name) {
    unrequire(node, name);
    node["required"].push_back(name);
}

// What `field` says, or that it is an object which was made on the way and is still empty.
Tree or_empty_object(const Tree& field) {
    if (field == Tree(false)) return Tree{{"type", "object"}};
    if (!field.is_object() || field.value("type", Tree()) != Tree("object")) return true;
    Tree either{{"type", "object"}};
    for (const char* const keyword : {"properties", "patternProperties", "additionalProperties"}) {
        if (field.contains(keyword)) either[keyword] = field[keyword];
    }
    return either;
}

// The schema of the object that holds the last of `names`, declared on the way where it was not.
// `certain`: the objects on the way are there from now on.
Tree* declare_parent(Tree& schema, const Names& names, bool certain) {
    Tree* node = &schema;
    for (const std::string& name : std::span(names).first(names.size() - 1)) {
        Tree field = field_schema(*node, name);
        if (!is_required(*node, name)) field = or_empty_object(field);
        if (!field.is_object() || field.contains("$ref")) field = Tree::object();
        if (certain) {
            // Else the step would have failed.
            field["type"] = "object";
            require(*node, name);
        }
        (*node)["properties"][name] = std::move(field);
        node = &(*node)["properties"][name];
    }
    (*node)[kChangedKeyword] = true;
    return node;
}

// Whether every event of `schema` has the field.
bool is_certain(const Tree& schema, const Names& names) {
    Tree node = schema;
    for (const std::string& name : names) {
        if (!node.is_object() || !is_required(node, name)) return false;
        // Only of an object is a field required.
        if (&name != &names.front() && node.value("type", Tree()) != Tree("object")) return false;
        node = field_schema(node, name);
    }
    return true;
}

void apply_to_schema(const UpcastStep& step, Tree& schema) {
    using enum UpcastStep::Op;
    const std::string& name = step.path.back();
    const bool certain = step.op == kDefault || is_certain(schema, step.path);
    Tree* const parent = declare_parent(schema, step.path, step.op == kDefault);
    Tree field = field_schema(*parent, name);
    if (step.op == kDefault) {
        const bool was_there = is_required(*parent, name);
        require(*parent, name);
        if (field == Tree(false)) field = Tree{{"const", step.value}};
        // Either what it was or the default.
        if (!was_there && field != Tree{{"const", step.value}}) field = true;
        (*parent)["properties"][name] = std::move(field);
        return;
    }
    if (step.op == kCast) {
        if (field == Tree(false)) return;
        // null stays null.
        const bool has_null = !field.is_object() || !field.contains("type") ||
                              field["type"].dump().find("null") != std::string::npos;
        (*parent)["properties"][name] =
            has_null ? Tree{{"type", Tree::array({step.type, "null"})}} : Tree{{"type", step.type}};
        return;
    }
    // Gone for good, whatever the content model allows.
    (*parent)["properties"][name] = false;
    unrequire(*parent, name);
    if (step.op == kDrop || field == Tree(false)) return;
    Tree* const target = declare_parent(schema, step.to, certain);
    const std::string& to = step.to.back();
    if (certain) {
        require(*target, to);
    } else if (field_schema(*target, to) != Tree(false)) {
        // Either what was moved or what has been there before.
        field = true;
    }
    (*target)["properties"][to] = std::move(field);
}

}  // namespace

Result<std::vector<UpcastStep>> parse_upcast(const Tree& schema) {
    std::vector<UpcastStep> steps;
    if (!schema.contains("x-upcast")) return steps;
    const Tree& list = schema["x-upcast"];
    if (!list.is_array()) return fail(ErrorCode::kInvalidArgument, "/x-upcast: expected an array");
    for (std::size_t i = 0; i < list.size(); ++i) {
        ASSIGN_OR_RETURN(UpcastStep step, parse_step(list[i], "/x-upcast/" + std::to_string(i)));
        steps.push_back(std::move(step));
    }
    return steps;
}

Status apply_upcast(const std::vector<UpcastStep>& steps, Tree& payload) {
    for (const UpcastStep& step : steps) RETURN_IF_ERROR(apply(step, payload));
    return {};
}

void apply_upcast_to_schema(const std::vector<UpcastStep>& steps, Tree& schema) {
    for (const UpcastStep& step : steps) apply_to_schema(step, schema);
}

}  // namespace daybook::schema
