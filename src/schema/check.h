// Checks payloads of the built-in types while they are read.
#pragma once

#include <cstdint>
#include <string_view>

#include "json/reader.h"
#include "schema/spec.h"

namespace daybook::schema {

// Which fields of an object have been there; the bit is the field's index.
using SeenFields = std::uint64_t;

// Reads the value of the field `name` of an object of shape `spec`, refusing what the shape does
// not allow: a value of another kind, or a field that has been there before.
bool check_field(json::Reader& reader, const ObjectSpec& spec, std::string_view name,
                 SeenFields* seen);

// Refuses an object that has ended without one of its required fields.
bool check_complete(json::Reader& reader, const ObjectSpec& spec, SeenFields seen);

}  // namespace daybook::schema
