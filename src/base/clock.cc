#include "base/clock.h"

#include <chrono>

namespace daybook {
namespace {

class SystemClock final : public Clock {
public:
    TimestampMs now() const override {
        const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
        return TimestampMs(
            std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
    }

    std::int64_t monotonic_ns() const override {
        return std::chrono::steady_clock::now().time_since_epoch().count();
    }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace daybook
