#include "index/event_key.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace daybook::index {
namespace {

constexpr int kNoDigit = -1;

constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return kNoDigit;
}

constexpr std::array<std::size_t, 32> digit_positions() {
    std::array<std::size_t, 32> positions{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < 36; ++i) {
        if (i != 8 && i != 13 && i != 18 && i != 23) positions[at++] = i;
    }
    return positions;
}
constexpr auto kDigits = digit_positions();

bool parse_uuid7(std::string_view text, Hash128* key) {
    if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[14] != '7' ||
        text[18] != '-' || text[23] != '-') {
        return false;
    }
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
        const int value = hex_value(text[kDigits[i]]);
        if (value == kNoDigit) return false;
        std::uint64_t& half = i < 16 ? key->high : key->low;
        half = (half << 4) | static_cast<std::uint64_t>(value);
    }
    return true;
}

}  // namespace

Hash128 event_key(std::string_view event_id) {
    Hash128 key;
    if (parse_uuid7(event_id, &key)) return key;
    key = xxh3_128(event_id);
    constexpr std::uint64_t kVersionBits = 0xF000;
    key.high = (key.high & ~kVersionBits) | 0x8000;
    return key;
}

std::string is_imported_sql(std::string_view column) {
    return fmt::format("(length({0}) = 36 AND substr({0}, 15, 1) = '8')", column);
}

}  // namespace daybook::index
