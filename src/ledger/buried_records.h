// Whole records inside bytes that no reader finds them in: damaged lines, what was cut off, and
// what other tools have left beside the parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "json/envelope.h"
#include "log/line.h"

namespace daybook::ledger {

// A whole record that lies where no reader finds it.
struct BuriedRecord {
    std::string event_id{};
    std::string event_type{};
    TimestampMs timestamp{};
    std::string body{};  // the bytes that make the event, as in log::Line
    log::Seq seq{};
    log::Seq synced{};
    ByteOffset offset{};     // in the part
    std::size_t length = 0;  // with its trailer, where it is ours
    bool in_log = false;     // a good line with this event_id is in the log
    bool foreign = false;    // another tool's: it has no number and no checksum
};

// Not thread-safe.
class BuriedRecordFinder {
public:
    // Those in `bytes`, which begin at `base` in their file, Daybook's and other tools', in order.
    std::vector<BuriedRecord> find(std::string_view bytes, ByteOffset base);

private:
    std::vector<BuriedRecord> find_ours(std::string_view bytes, ByteOffset base);

    json::EnvelopeReader envelopes_;
};

// How many of the lines in `bytes` hold something, and none of the records.
std::uint64_t count_lost_lines(std::string_view bytes, ByteOffset base,
                               const std::vector<BuriedRecord>& records);

}  // namespace daybook::ledger
