// Values of a row, of whatever type, as JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "duck/column.h"
#include "json/path.h"
#include "json/nonfinite.h"
#include "schema/spec.h"

namespace daybook::legacy {

// Whether the column's texts are JSON.
bool is_json(const duck::TypeInfo& type);

// Appends the value, which may be null, as what it is: numbers bare, lists as arrays, MAP and
// STRUCT as objects, JSON as it stands, all else as text.  `path` is its place in the event.
void append_value(const duck::Column& column, std::size_t row, json::Path& path,
                  json::NonFinite& nonfinite, std::string& out);

// Appends the value, which is not null, as a JSON object.  What is none, such as text, becomes
// {"value": …}; the answer is then false.
bool append_object(const duck::Column& column, std::size_t row, json::Path& path,
                   json::NonFinite& nonfinite, std::string& out);

// Appends the value, which is not null, as the field `spec`, no object, wants it.  False, and
// nothing done: it cannot be that.
bool append_scalar(const duck::Column& column, std::size_t row, const schema::FieldSpec& spec,
                   json::Path& path, json::NonFinite& nonfinite, std::string& out);

// Whether the value, which is not null, is a time or a number that whole milliseconds do not hold.
bool is_cut(const duck::Column& column, std::size_t row);

// Whether `json`, a value, is what the field `spec` wants.
bool fits(std::string_view json, const schema::FieldSpec& spec);

}  // namespace daybook::legacy
