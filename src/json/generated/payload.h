// What src/json/generated/payload.cc, generated from schemas/, gives to encode_event.cc.
#pragma once

#include <string_view>

#include "event/events.h"
#include "json/draft.h"
#include "json/writer.h"

namespace daybook::json::generated {

// The beginning of an event's line, up to its `timestamp_ms`, which is the same for all of a type.
struct Head {
    std::string_view type;
    std::string_view text;
    Draft draft;
};
Head head_of(const event::Payload& payload);

// Writes `,"schema_version":N` if it is not 1, and the payload's fields, each after a comma.
void write_payload(Writer& writer, const event::Payload& payload);

}  // namespace daybook::json::generated
