#include "schema/upcast.h"

#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "json/number.h"

namespace daybook::schema {
namespace {

using Names = std::vector<std::string>;

std::string pointer_of(const Names& names) {
    std::string text;
    for (const std::string& name : names) text += "/" + pointer_token(name);
    return text;
}

// The names of a JSON pointer; nullopt if it is none, or points at the whole.
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
    return names;
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
    } else if (op == "move") {
        step.op = kMove;
        const std::optional<Names> target = parse_pointer(to);
        if (!target) {
            return fail(ErrorCode::kInvalidArgument, "{}/to: expected the JSON pointer of a field",
                        at);
        }
        step.to = *target;
    } else if (op == "default") {
        step.op = kDefault;
        if (!node.contains("value"))
            return fail(ErrorCode::kInvalidArgument, "{}/value: missing", at);
        step.value = node["value"];
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

// The schema of the object that holds the last of `names`; null if it is not declared.
Tree* schema_parent(Tree& schema, const Names& names, bool make) {
    Tree* node = &schema;
    for (const std::string& name : std::span(names).first(names.size() - 1)) {
        if (make && !node->contains("properties")) (*node)["properties"] = Tree::object();
        if (!node->contains("properties")) return nullptr;
        Tree& fields = (*node)["properties"];
        if (!fields.contains(name)) {
            if (!make) return nullptr;
            fields[name] = Tree{{"type", "object"}};
        }
        node = &fields[name];
        if (!node->is_object()) return nullptr;
    }
    return node;
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

void apply_to_schema(const UpcastStep& step, Tree& schema) {
    using enum UpcastStep::Op;
    const std::string& name = step.path.back();
    if (step.op == kDefault) {
        // From now on the field is there, and so is every object on the way to it.
        for (std::size_t depth = 1; depth <= step.path.size(); ++depth) {
            const Names way(step.path.begin(),
                            step.path.begin() + static_cast<std::ptrdiff_t>(depth));
            Tree* const parent = schema_parent(schema, way, true);
            if (parent == nullptr) return;
            require(*parent, way.back());
            if (depth == step.path.size() && !(*parent)["properties"].contains(name)) {
                (*parent)["properties"][name] = Tree{{"const", step.value}};
            }
        }
        return;
    }
    Tree* const parent = schema_parent(schema, step.path, false);
    if (parent == nullptr || !parent->contains("properties")) return;
    Tree& fields = (*parent)["properties"];
    if (!fields.contains(name)) return;
    if (step.op == kCast) {
        fields[name] = Tree{{"type", step.type}};
        return;
    }
    Tree field = std::move(fields[name]);
    // Gone for good, whatever the content model allows.
    fields[name] = false;
    const bool was_required = unrequire(*parent, name);
    if (step.op == kDrop) return;
    Tree* const target = schema_parent(schema, step.to, true);
    if (target == nullptr) return;
    (*target)["properties"][step.to.back()] = std::move(field);
    if (was_required) require(*target, step.to.back());
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
