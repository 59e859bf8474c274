// The rules of rules.h, applied to JSON text.
#pragma once

#include "json/reader.h"
#include "json/rules.h"

namespace daybook::json {

// Reads the object that comes next, refusing what breaks `rule`.
bool read_map(Reader& reader, const MapRule& rule);

// Reads the string that comes next, refusing what is not of `format`.
bool read_string(Reader& reader, Format format, std::string_view* value);

}  // namespace daybook::json
