// Whole events of other tools inside bytes that are no line: two on one line, as tools leave them
// that write at once and take no lock, or one behind half of another.
//
//     {"event_type":"a",…}{"event_type":"b",…}       two
//     {"event_type":"a","run_{"event_type":"b",…}    one, behind a line that was cut off
//
// Such events have no checksum, so what is found here is what reads as strict JSON with all that an
// event has, and does not lie within another object.  Python's NaN and infinities are the only
// leave: the event is then as the clients would have written it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"

namespace daybook::ledger {

struct ForeignRecord {
    std::string_view text;  // the object, braces included; borrows the bytes that were searched
    // The event as JSON, where the text is none for its NaN or infinities; else empty.
    std::string converted{};
    ByteOffset offset;
    std::string event_id{};
    std::string event_type{};
    TimestampMs timestamp{};

    std::string_view json() const { return converted.empty() ? text : converted; }
};

// The event that `text` is, all of it; an empty event_id if it is none, or Daybook's own.
ForeignRecord read_foreign(std::string_view text, ByteOffset offset);

// The events in `bytes`, which begin at `base` in their file, in order and without overlap; none
// reaches over a newline.
std::vector<ForeignRecord> find_foreign_records(std::string_view bytes, ByteOffset base);

}  // namespace daybook::ledger
