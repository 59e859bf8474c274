// What the built-in event types say of the fields of a mapping.
#pragma once

#include <string_view>

#include "schema/spec.h"

namespace daybook::legacy {

// The built-in type of that name; nullptr: there is none.
const schema::TypeSpec* type_spec(std::string_view event);

// What the type wants of the field; nullptr: it does not know it.
const schema::FieldSpec* field_spec(const schema::TypeSpec* type, std::string_view field);

}  // namespace daybook::legacy
