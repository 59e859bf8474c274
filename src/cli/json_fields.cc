#include "cli/json_fields.h"

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

}  // namespace daybook::cli
