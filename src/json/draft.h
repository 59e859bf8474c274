// An event line before it has an id, a time and a trailer.
//
//     {"event_type":"run.started","event_id":"000…","timestamp_ms":0000000000000,"run_id":"r1",…
//                                             ^ event_id_at         ^ timestamp_at
//
// All that can be formatted is formatted by the caller's thread; the writer fills in the two holes
// within its mutex, where it draws id and time, and then appends `,"seq":…` and the rest.  A draft
// has no closing brace.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "event/event_id.h"

namespace daybook::json {

// Offsets from the beginning of the line.
struct Draft {
    std::size_t event_id_at = 0;
    std::size_t timestamp_at = 0;
};

// What stands for the time until it is known: from 2001 to 2286 there are 13 digits.
inline constexpr std::string_view kTimestampHole = "0000000000000";

// Fills in the holes of the draft that begins at line[begin].  A time that has not 13 digits moves
// what follows it.
void fill(std::string& line, std::size_t begin, const Draft& draft, const event::EventId& id,
          TimestampMs time);
// The same with an id that somebody else made, which need not have 36 characters.
void fill(std::string& line, std::size_t begin, const Draft& draft, std::string_view id,
          TimestampMs time);

// Appends a draft without payload, up to `run_id` and, if it is not 1, `schema_version`.  `type`
// and `run_id` must have been checked.
Draft append_envelope(std::string& out, std::string_view type, std::string_view run_id,
                      int schema_version);

}  // namespace daybook::json
