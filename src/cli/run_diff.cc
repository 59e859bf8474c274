#include "cli/run_diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "schema/schema_json.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;
using Leaves = std::vector<std::pair<std::string, const Json*>>;

// Each value that holds no others, in the document's order; an empty object or list is one, too.
void add_leaves(const Json& value, const std::string& pointer, Leaves& leaves) {
    if (!value.is_structured() || value.empty()) {
        leaves.emplace_back(pointer, &value);
        return;
    }
    std::size_t index = 0;
    for (const auto& [key, inner] : value.items()) {
        const std::string name =
            value.is_array() ? std::to_string(index++) : schema::pointer_token(key);
        add_leaves(inner, pointer + "/" + name, leaves);
    }
}

Leaves leaves_of(const Json& document) {
    Leaves leaves;
    if (document.is_object() && !document.empty()) add_leaves(document, "", leaves);
    return leaves;
}

FieldDifference difference(const std::string& field, const Json* a, const Json* b) {
    const auto text = [](const Json* value) {
        return value == nullptr ? std::string()
                                : value->dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    FieldDifference found{.field = field, .a = text(a), .b = text(b)};
    if (a == nullptr || b == nullptr || !a->is_number() || !b->is_number()) return found;
    const auto before = a->get<double>();
    const auto after = b->get<double>();
    found.change = after - before;
    if (before != 0) found.percent = *found.change / std::abs(before) * 100;
    return found;
}

}  // namespace

PartDifference compare_documents(std::string_view part, std::string_view a, std::string_view b) {
    const Json document_a = Json::parse(a, nullptr, false);
    const Json document_b = Json::parse(b, nullptr, false);
    const Leaves leaves_a = leaves_of(document_a);
    const Leaves leaves_b = leaves_of(document_b);
    const std::map<std::string, const Json*> known_a(leaves_a.begin(), leaves_a.end());
    const std::map<std::string, const Json*> known_b(leaves_b.begin(), leaves_b.end());
    PartDifference found{.part = std::string(part), .fields = leaves_a.size()};
    for (const auto& [field, value] : leaves_a) {
        const auto other = known_b.find(field);
        const Json* const there = other == known_b.end() ? nullptr : other->second;
        if (there != nullptr && *there == *value) continue;
        found.differences.push_back(difference(field, value, there));
    }
    for (const auto& [field, value] : leaves_b) {
        if (known_a.contains(field)) continue;
        ++found.fields;
        found.differences.push_back(difference(field, nullptr, value));
    }
    return found;
}

std::string summarise_diff(std::string_view diff) {
    std::size_t files = 0;
    std::size_t added = 0;
    std::size_t removed = 0;
    bool in_hunk = false;
    while (!diff.empty()) {
        const std::size_t end = std::min(diff.find('\n'), diff.size());
        const std::string_view line = diff.substr(0, end);
        diff.remove_prefix(std::min(end + 1, diff.size()));
        if (line.starts_with("diff --git ")) {
            ++files;
            in_hunk = false;
        } else if (line.starts_with("@@ ")) {
            in_hunk = true;
        } else if (in_hunk && line.starts_with("+")) {
            ++added;
        } else if (in_hunk && line.starts_with("-")) {
            ++removed;
        }
    }
    return fmt::format("{} file{}, +{} -{}", files, files == 1 ? "" : "s", added, removed);
}

}  // namespace daybook::cli
