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

// Whether a field tells in words how others are computed ("overfitting.formulas.pbo"): for who
// reads the JSON; too wide for a table.
bool is_formula(std::string_view name);

// A leaf for people: a string without its quotes, a real number as human_number() has it, null as
// nothing, a long list of objects as their number, and where `name` is a duration's ("hold_ms") or
// a size's ("peak_bytes") with its unit.
std::string leaf_text(const std::string& json, std::string_view name = "");

// Whether a number of this name is a duration in milliseconds and no moment ("created_at_ms").
bool is_duration_ms(std::string_view name);
// Whether one of this name is a size in bytes.
bool is_size_bytes(std::string_view name);

}  // namespace daybook::cli
