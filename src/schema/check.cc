#include "schema/check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "json/map_check.h"

namespace daybook::schema {
namespace {

bool check_object(json::Reader& reader, const ObjectSpec& spec) {
    if (!reader.enter_object()) return false;
    SeenFields seen = 0;
    std::string_view name;
    while (reader.next_field(&name)) check_field(reader, spec, name, &seen);
    return check_complete(reader, spec, seen);
}

bool check_integer(json::Reader& reader, const FieldSpec& field) {
    std::int64_t value = 0;
    if (!reader.integer(&value)) return false;
    if (!field.minimum || value >= *field.minimum) return true;
    reader.refuse(fmt::to_string(value), describe(field));
    return false;
}

bool check_choice(json::Reader& reader, const FieldSpec& field) {
    std::string_view text;
    if (!reader.string(&text)) return false;
    if (std::find(field.choices.begin(), field.choices.end(), text) != field.choices.end()) {
        return true;
    }
    reader.refuse(fmt::format("\"{}\"", printable(text, 40)), describe(field));
    return false;
}

bool check_strings(json::Reader& reader) {
    if (!reader.enter_array()) return false;
    std::string_view text;
    while (reader.next_item()) reader.string(&text);
    return !reader.failed();
}

bool check_value(json::Reader& reader, const FieldSpec& field) {
    std::string_view text;
    bool flag = false;
    switch (field.kind) {
        case FieldKind::kString: return json::read_string(reader, field.format, &text);
        case FieldKind::kChoice: return check_choice(reader, field);
        case FieldKind::kInteger: return check_integer(reader, field);
        case FieldKind::kNumber: return reader.number(&text);
        case FieldKind::kBoolean: return reader.boolean(&flag);
        case FieldKind::kStrings: return check_strings(reader);
        case FieldKind::kMap: return json::read_map(reader, field.rule);
        case FieldKind::kObject: return check_object(reader, *field.object);
    }
    return false;
}

}  // namespace

bool check_field(json::Reader& reader, const ObjectSpec& spec, std::string_view name,
                 SeenFields* seen) {
    for (std::size_t i = 0; i < spec.fields.size(); ++i) {
        const FieldSpec& field = spec.fields[i];
        if (field.name != name) continue;
        const SeenFields bit = SeenFields{1} << i;
        if ((*seen & bit) != 0) {
            reader.refuse_because("given twice, expected once");
            return false;
        }
        *seen |= bit;
        return check_value(reader, field);
    }
    return reader.skip();
}

bool check_complete(json::Reader& reader, const ObjectSpec& spec, SeenFields seen) {
    if (reader.failed()) return false;
    for (std::size_t i = 0; i < spec.fields.size(); ++i) {
        const FieldSpec& field = spec.fields[i];
        if (!field.required || (seen >> i & 1) != 0) continue;
        reader.refuse_missing(field.name, describe(field));
        return false;
    }
    return true;
}

std::string describe(const FieldSpec& field) {
    switch (field.kind) {
        case FieldKind::kString: return std::string(json::describe(field.format));
        case FieldKind::kChoice: return json::list_choices(field.choices);
        case FieldKind::kInteger:
            if (!field.minimum) return "an integer";
            return fmt::format("an integer of at least {}", *field.minimum);
        case FieldKind::kNumber: return "a number";
        case FieldKind::kBoolean: return "a boolean";
        case FieldKind::kStrings: return "an array of strings";
        case FieldKind::kMap:
            if (field.rule.values == json::Values::kAny) return "an object";
            return fmt::format("an object, each value {}", json::describe(field.rule.values));
        case FieldKind::kObject: return "an object";
    }
    return {};
}

}  // namespace daybook::schema
