// The one walk over a raw event: checks it, takes the envelope out, copies the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "daybook/result.h"
#include "schema/spec.h"

namespace daybook::schema {

// What a walk finds.  The buffers are used again from event to event.
struct WalkedEvent {
    // Set for a built-in type; its payload has been checked.
    const TypeSpec* spec = nullptr;
    std::string type;
    std::string run_id;
    std::optional<std::string> event_id;
    std::optional<TimestampMs> timestamp;
    std::optional<std::int64_t> schema_version;
    // The payload's fields, each after a comma.
    std::string payload;
};

// The spec of a built-in type; null for all others.
const TypeSpec* find_builtin(std::string_view type);

// Walks over `text`.  Of a type that is not built in, only the envelope is checked.
Status walk_event(std::string_view text, TimestampMs now, WalkedEvent* event);

}  // namespace daybook::schema
