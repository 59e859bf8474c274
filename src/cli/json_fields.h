// JSON documents as lists of fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/event_text.h"

namespace daybook::cli {

// The leaves of a JSON object: {"a":{"b":1},"c":[2]} is a.b = 1 and c = [2].  Arrays are leaves,
// and so is what is nested deeper than `levels_max`.
std::vector<EventField> flattened_fields(std::string_view json, int levels_max = 4);

// A leaf for people: a string without its quotes, a real number with six digits, null as nothing.
std::string leaf_text(const std::string& json);

}  // namespace daybook::cli
