#include "legacy/json_compare.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

namespace daybook::legacy {
namespace {

using Json = nlohmann::json;

// null stands for what is not there.
const Json& member(const Json& object, const std::string& name) {
    static const Json kNothing;
    const auto found = object.find(name);
    return found == object.end() ? kNothing : *found;
}

std::set<std::string> names_of(const Json& left, const Json& right) {
    std::set<std::string> names;
    for (const Json* object : {&left, &right}) {
        for (const auto& [name, value] : object->items()) names.insert(name);
    }
    return names;
}

// Events of Daybook's are nested 64 deep at most; a line of another tool's may be as deep as it
// likes, and is then compared as a text.
bool is_nested_too_deep(std::string_view text) {
    constexpr int kDepthMax = 128;
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if ((c == '{' || c == '[') && ++depth > kDepthMax) return true;
        if (c == '}' || c == ']') --depth;
    }
    return false;
}

bool are_alike(const Json& left, const Json& right,
               double tolerance) {  // NOLINT(misc-no-recursion)
    if (left.is_object() && right.is_object()) {
        const std::set<std::string> names = names_of(left, right);
        return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
            return are_alike(member(left, name), member(right, name), tolerance);
        });
    }
    if (left.is_array() && right.is_array()) {
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [&](const Json& a, const Json& b) { return are_alike(a, b, tolerance); });
    }
    if (left.is_number() && right.is_number() &&
        (left.is_number_float() || right.is_number_float())) {
        return are_close(left.get<double>(), right.get<double>(), tolerance);
    }
    return left == right;
}

std::string text_of(const Json& value) {
    if (value.is_null()) return "";
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string pointer_to(const std::string& name) {
    std::string pointer = "/";
    for (const char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    return pointer;
}

}  // namespace

bool are_close(double left, double right, double tolerance) {
    if (left == right || (std::isnan(left) && std::isnan(right))) return true;
    if (!std::isfinite(left) || !std::isfinite(right)) return false;
    return std::abs(left - right) <= tolerance * std::max(std::abs(left), std::abs(right));
}

std::vector<JsonDifference> json_differences(std::string_view left, std::string_view right,
                                             double tolerance) {
    if (left == right) return {};
    std::vector<JsonDifference> as_texts = {
        {.pointer = "", .left = std::string(left), .right = std::string(right)}};
    if (is_nested_too_deep(left) || is_nested_too_deep(right)) return as_texts;
    const Json a = Json::parse(left, nullptr, false);
    const Json b = Json::parse(right, nullptr, false);
    if (a.is_discarded() || b.is_discarded()) return as_texts;
    if (!a.is_object() || !b.is_object()) {
        if (are_alike(a, b, tolerance)) return {};
        return {{.pointer = "", .left = text_of(a), .right = text_of(b)}};
    }
    std::vector<JsonDifference> differences;
    for (const std::string& name : names_of(a, b)) {
        const Json& in_a = member(a, name);
        const Json& in_b = member(b, name);
        if (are_alike(in_a, in_b, tolerance)) continue;
        differences.push_back({pointer_to(name), text_of(in_a), text_of(in_b)});
    }
    return differences;
}

}  // namespace daybook::legacy
