// Which bytes of a string JSON text holds as they are; many at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace daybook::json {

// How many bytes at the beginning of `text` stand for themselves within a JSON string: ASCII from
// 0x20 on, `"` and `\` apart.
std::size_t plain_prefix(std::string_view text);

// How many bytes at the beginning of `text` are well-formed UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF).
std::size_t utf8_prefix(std::string_view text);

// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 if it is ill-formed.
std::size_t utf8_sequence(std::string_view text);

// Whether `text` has a control character (below 0x20, or 0x7f).
bool has_control(std::string_view text);

// The 0x80 bit of every byte of `word` that does not stand for itself.
constexpr std::uint64_t special_bytes(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    // A zero byte x has its high bit set in (x - 1) & ~x.  A borrow may mark a byte above a marked
    // one as well, which changes neither "any" nor "the first".
    return (((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) |
            ((backslash - kOnes) & ~backslash) | word) &
           kHighs;
}

// The bytes of `bytes`, the first one lowest, whatever the machine's order.
inline std::uint64_t load64(const char* bytes) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    if constexpr (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) word = __builtin_bswap64(word);
    return word;
}

}  // namespace daybook::json
