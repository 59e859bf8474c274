// Events as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/output.h"
#include "json/envelope.h"

namespace daybook::cli {

// A field of an event as the line has it.
struct EventField {
    std::string name;
    std::string json;  // its value, without white space
};

// The fields of `line`, a JSON object, in their order; as far as it can be read.
std::vector<EventField> event_fields(std::string_view line);

// "2026-01-23 09:15:00.250  run.created        r1  run_type=policy config={…}": the envelope, then
// the payload.  One line, cut to the terminal's width if there is one.
std::string event_text(const json::Envelope& envelope, std::string_view line, const Style& style);

}  // namespace daybook::cli
