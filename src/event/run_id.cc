#include "event/run_id.h"

#include <fmt/format.h>

#include "base/calendar.h"

namespace daybook::event {

std::string make_run_id(std::string_view run_type, TimestampMs now, std::uint32_t random) {
    const std::string time = to_iso8601(now);  // 2026-01-23T09:15:00.250Z
    std::string digits;
    for (const char c : time.substr(0, 19)) {
        if (c >= '0' && c <= '9') digits += c;
    }
    return fmt::format("{}-{}-{}-{:08x}", run_type, digits.substr(0, 8), digits.substr(8), random);
}

}  // namespace daybook::event
