#include "cli/json_fields.h"

#include <charconv>

#include "cli/human.h"
#include "json/number.h"
#include "json/reader.h"

namespace daybook::cli {
namespace {

void flatten(const std::string& prefix, std::string_view json, int levels,
             std::vector<EventField>& out) {
    for (EventField& field : event_fields(json)) {
        field.name = prefix.empty() ? field.name : prefix + '.' + field.name;
        if (levels > 1 && field.json.starts_with('{') && field.json != "{}") {
            flatten(field.name, field.json, levels - 1, out);
        } else {
            out.push_back(std::move(field));
        }
    }
}

}  // namespace

std::vector<EventField> flattened_fields(std::string_view json, int levels_max) {
    std::vector<EventField> fields;
    flatten("", json, levels_max, fields);
    return fields;
}

bool is_duration_ms(std::string_view name) {
    constexpr std::string_view kUnit = "_ms";
    if (!name.ends_with(kUnit)) return false;
    name.remove_suffix(kUnit.size());
    for (const std::string_view moment : {"_at", "timestamp", "_time", "_event"}) {
        if (name.ends_with(moment)) return false;
    }
    return true;
}

std::string leaf_text(const std::string& json, std::string_view name) {
    if (json == "null") return "";
    json::Reader reader(json);
    std::string_view text;
    if (json.starts_with('"')) return reader.string(&text) ? std::string(text) : json;
    const json::NumberText number = json::measure_number(json);
    if (number.size != json.size()) return json;
    double value = 0;
    std::from_chars(json.data(), json.data() + json.size(), value);
    if (is_duration_ms(name)) return human_milliseconds(value);
    return number.is_integer ? json : human_number(value);
}

bool is_formula(std::string_view name) {
    return name.starts_with("formulas.") || name.find(".formulas.") != std::string_view::npos;
}

}  // namespace daybook::cli
