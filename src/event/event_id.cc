#include "event/event_id.h"

#include <algorithm>
#include <cstddef>

#include "base/hash.h"

namespace daybook::event {
namespace {

constexpr std::uint64_t kHighMask = (std::uint64_t{1} << 12) - 1;
constexpr std::uint64_t kLowMask = (std::uint64_t{1} << 62) - 1;

}  // namespace

void EventId::write(char* out) const {
    char digits[32];
    write_hex(bytes, digits);
    out = std::copy_n(digits, 8, out);
    for (std::size_t group = 8; group < 20; group += 4) {
        *out++ = '-';
        out = std::copy_n(digits + group, 4, out);
    }
    *out++ = '-';
    std::copy_n(digits + 20, 12, out);
}

std::string EventId::to_string() const {
    std::string text(kEventIdChars, '-');
    write(text.data());
    return text;
}

bool is_event_id(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto is_hex = [&](char c) {
        const char lower = static_cast<char>(c | 0x20);
        return is_digit(c) || (lower >= 'a' && lower <= 'f');
    };
    if (text.size() == kEventIdChars) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (is_dash ? text[i] != '-' : !is_hex(text[i])) return false;
        }
        return true;
    }
    const std::size_t ms = text.find('_');
    if (ms == std::string_view::npos || ms == 0 || ms > 15) return false;
    const std::string_view random = text.substr(ms + 1);
    return random.size() == 8 &&
           std::all_of(text.begin(), text.begin() + static_cast<long>(ms), is_digit) &&
           std::all_of(random.begin(), random.end(), is_hex);
}

EventId EventIdGenerator::next(TimestampMs now) {
    if (now.value() > last_ms_) {
        last_ms_ = now.value();
        // The top bit starts at 0, so that billions of ids fit into one millisecond.
        high_ = random_.next() & (kHighMask >> 1);
        low_ = random_.next() & kLowMask;
    } else {
        const std::uint64_t previous = low_;
        low_ = (low_ + 1 + (random_.next() & 0xffffff)) & kLowMask;
        // Wrapped: the carry goes into the upper field, and from there into the time.
        if (low_ < previous) {
            high_ = (high_ + 1) & kHighMask;
            if (high_ == 0) ++last_ms_;
        }
    }

    EventId id;
    const auto ms = static_cast<std::uint64_t>(last_ms_);
    for (std::size_t i = 0; i < 6; ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    }
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | (high_ >> 8));
    id.bytes[7] = static_cast<std::uint8_t>(high_);
    for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[8 + i] = static_cast<std::uint8_t>(low_ >> (56 - 8 * i));
    }
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

}  // namespace daybook::event
