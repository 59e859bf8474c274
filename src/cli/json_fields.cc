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

constexpr std::size_t kListBytesShown = 200;

// How many objects a list has that is too long to be read in a table's cell; 0 if it is none.
std::size_t objects_in(const std::string& json) {
    if (!json.starts_with("[{") || json.size() <= kListBytesShown) return 0;
    std::size_t count = 0;
    json::Reader reader(json);
    for (reader.enter_array(); reader.next_item(); reader.skip()) ++count;
    return reader.finish() ? count : 0;
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
    for (const std::string_view moment :
         {"_at", "timestamp", "_time", "_event", "_first", "_last"}) {
        if (name.ends_with(moment)) return false;
    }
    return true;
}

bool is_size_bytes(std::string_view name) { return name.ends_with("_bytes"); }

std::string leaf_text(const std::string& json, std::string_view name) {
    if (json == "null") return "";
    json::Reader reader(json);
    std::string_view text;
    if (const std::size_t objects = objects_in(json); objects > 0) {
        return fmt::format("{} of them; --format json has them", objects);
    }
    if (json.starts_with('"')) return reader.string(&text) ? std::string(text) : json;
    const json::NumberText number = json::measure_number(json);
    if (number.size != json.size()) return json;
    double value = 0;
    std::from_chars(json.data(), json.data() + json.size(), value);
    if (is_duration_ms(name)) return human_milliseconds(value);
    // A mean, and what is less than nothing, are left as they are.
    std::uint64_t bytes = 0;
    const auto whole = std::from_chars(json.data(), json.data() + json.size(), bytes);
    if (is_size_bytes(name) && whole.ec == std::errc() && whole.ptr == json.data() + json.size()) {
        return human_bytes(bytes);
    }
    return number.is_integer ? json : human_number(value);
}

bool is_formula(std::string_view name) {
    return name.starts_with("formulas.") || name.find(".formulas.") != std::string_view::npos;
}

}  // namespace daybook::cli
