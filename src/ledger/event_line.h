// The event that a line of the log is.
#pragma once

#include <optional>

#include "json/envelope.h"
#include "log/line.h"

namespace daybook::ledger {

// `line` as readers of events take it.  A line of another tool's that has the shape of an object,
// and has not the grammar of JSON to its last byte, is damage too: such a value in a row would fail
// every question that looks into its column, for all other rows as well.  A line of ours was
// checked when it was written, and its checksum says that it is that line still.
log::Line judge_json(const log::Line& line);

// The envelope of `line`; nullopt if it is damaged, as judge_json() has it, or no event.  Valid
// until the next call, and as long as the line's text.
std::optional<json::Envelope> event_of(const log::Line& line, json::EnvelopeReader& envelopes);

}  // namespace daybook::ledger
