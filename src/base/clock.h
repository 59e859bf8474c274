// Time as a parameter: what needs the time takes a Clock, so that a test can turn it.
#pragma once

#include <cstdint>

#include "base/strong.h"

namespace daybook {

class Clock {
public:
    virtual ~Clock() = default;

    // The wall clock.  It may step backwards; callers that need order see to it themselves.
    virtual TimestampMs now() const = 0;

    // A clock that never goes back, in nanoseconds since an arbitrary point.
    virtual std::int64_t monotonic_ns() const = 0;
};

// The machine's clocks.  Thread-safe; lives for ever.
const Clock& system_clock();

// A clock that stands still until it is told otherwise.  Not thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(TimestampMs now) : now_(now) {}

    TimestampMs now() const override { return now_; }
    std::int64_t monotonic_ns() const override { return monotonic_ns_; }

    // Moves both clocks forward.
    void advance_ms(std::int64_t ms) {
        now_ += ms;
        monotonic_ns_ += ms * 1'000'000;
    }
    // Moves the wall clock alone, in either direction.
    void step_to(TimestampMs now) { now_ = now; }

private:
    TimestampMs now_;
    std::int64_t monotonic_ns_ = 1'000'000'000;  // Not 0, which callers take for "never".
};

}  // namespace daybook
