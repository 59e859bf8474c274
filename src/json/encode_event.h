// Typed events as lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "daybook/result.h"
#include "event/events.h"
#include "json/draft.h"

namespace daybook::json {

// Room that a draft leaves for its trailer within kLineBytesMax.
inline constexpr std::size_t kTrailerRoom = 128;

// The run_id of `ledger.*` and `view.*` events, and of no others.
inline constexpr std::string_view kLedgerRunId = "_ledger";

// Appends the draft of an event to `out`, which is best a string that is used again and again: in
// the steady state nothing is allocated.  On an error `out` is as it was before.  Errors:
// kInvalidArgument with the JSON pointer of what JSON or the type's schema cannot hold; kLimit.
Result<Draft> encode_event(std::string_view run_id, const event::Payload& payload,
                           std::string& out);

// Empty if `run_id` may be the run_id of an event of `type`; else what was expected.
std::string_view expected_run_id(std::string_view type, std::string_view run_id);

}  // namespace daybook::json
