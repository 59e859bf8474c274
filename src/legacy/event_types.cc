#include "legacy/event_types.h"

namespace daybook::legacy {

const schema::TypeSpec* type_spec(std::string_view event) {
    for (const schema::TypeSpec& type : schema::builtin_types()) {
        if (type.name == event) return &type;
    }
    return nullptr;
}

const schema::FieldSpec* field_spec(const schema::TypeSpec* type, std::string_view field) {
    if (type == nullptr) return nullptr;
    for (const schema::FieldSpec& known : type->payload.fields) {
        if (known.name == field) return &known;
    }
    return nullptr;
}

}  // namespace daybook::legacy
