// Event ids: UUIDv7 (RFC 9562), in time order, monotonic within one generator.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/strong.h"

namespace daybook::event {

inline constexpr std::size_t kEventIdChars = 36;

struct EventId {
    std::array<std::uint8_t, 16> bytes{};

    // "019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b".
    std::string to_string() const;
    // The same, to `out[0..35]`.
    void write(char* out) const;
    auto operator<=>(const EventId&) const = default;
};

// Whether `text` may be the id of an event: a UUID, or `<ms>_<8 hex digits>` as the tools make it
// that wrote logs before Daybook.
bool is_event_id(std::string_view text);

// Makes ids.  The 48 bits of milliseconds are followed by a 12-bit and a 62-bit field; within one
// millisecond the 74 bits count upwards from a random start, so ids of one generator always ascend,
// also when `now` goes back.  Not thread-safe.
class EventIdGenerator {
public:
    explicit EventIdGenerator(std::uint64_t seed) : random_(seed) {}

    EventId next(TimestampMs now);

private:
    SeededRandom random_;
    std::int64_t last_ms_ = -1;
    std::uint64_t high_ = 0;  // 12 bits
    std::uint64_t low_ = 0;   // 62 bits
};

}  // namespace daybook::event
