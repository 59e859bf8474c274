// The fields that every event has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace daybook::json {

struct Envelope {
    std::string_view event_type;
    std::string_view event_id;
    TimestampMs timestamp;
    std::string_view run_id;
    int schema_version = 1;
    bool operator==(const Envelope&) const = default;
};

// Reads envelopes, line after line.  Not thread-safe.
class EnvelopeReader {
public:
    EnvelopeReader();
    ~EnvelopeReader();

    // The envelope of the event `line`; nullopt if it is no JSON object or lacks one of the four.
    // Lines as Daybook writes them are not parsed, only looked at; with other orders of the fields
    // (other tools wrote such logs) the line is.  Valid until the next call, and as long as `line`.
    std::optional<Envelope> read(std::string_view line);

private:
    struct Slow;
    std::optional<Envelope> read_slowly(std::string_view line);

    std::unique_ptr<Slow> slow_;
};

// Why EnvelopeReader finds no envelope in `line`, for people: "timestamp_ms is 1.5, expected an
// integer".
std::string why_no_envelope(std::string_view line);

}  // namespace daybook::json
