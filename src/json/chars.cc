#include "json/chars.h"

#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace daybook::json {
namespace {

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// Whether a byte of `word` is below 0x20 or 0x7f, found as special_bytes() finds a quote.
bool has_control_byte(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    return ((((word - kOnes * 0x20) & ~word) | ((del - kOnes) & ~del)) & kHighs) != 0;
}

#if defined(__SSE2__)
// One bit for each of the 16 bytes that does not stand for itself.
unsigned special_mask(const char* bytes) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    // As signed bytes, control characters and everything from 0x80 on are below 0x20.
    const __m128i low = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const __m128i special = _mm_or_si128(low, _mm_or_si128(quote, backslash));
    return static_cast<unsigned>(_mm_movemask_epi8(special));
}
#endif

}  // namespace

std::size_t plain_prefix(std::string_view text) {
    const char* const begin = text.data();
    const std::size_t size = text.size();
    std::size_t i = 0;
#if defined(__SSE2__)
    for (; i + 16 <= size; i += 16) {
        const unsigned mask = special_mask(begin + i);
        if (mask != 0) return i + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    for (; i + 8 <= size; i += 8) {
        const std::uint64_t special = special_bytes(load64(begin + i));
        if (special != 0) return i + static_cast<std::size_t>(std::countr_zero(special)) / 8;
    }
    while (i < size && is_plain(begin[i])) ++i;
    return i;
}

std::size_t utf8_sequence(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const unsigned lead = byte(0);
    const unsigned second = byte(1);
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;  // a stray continuation, or overlong
    if (lead < 0xe0) return follows(1) ? 2 : 0;
    if (lead < 0xf0) {
        if (lead == 0xe0 && second < 0xa0) return 0;   // overlong
        if (lead == 0xed && second >= 0xa0) return 0;  // a surrogate
        return follows(1) && follows(2) ? 3 : 0;
    }
    if (lead > 0xf4) return 0;
    if (lead == 0xf0 && second < 0x90) return 0;   // overlong
    if (lead == 0xf4 && second >= 0x90) return 0;  // above U+10FFFF
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
}

std::size_t utf8_prefix(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        while (i + 8 <= text.size() && (load64(text.data() + i) & 0x8080808080808080) == 0) i += 8;
        if (i == text.size()) break;
        const std::size_t length = utf8_sequence(text.substr(i));
        if (length == 0) break;
        i += length;
    }
    return i;
}

bool has_control(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        if (has_control_byte(load64(text.data() + i))) return true;
    }
    // The last bytes of a text that has eight, some of them seen already.
    if (i != 0) return has_control_byte(load64(text.data() + text.size() - 8));
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) return true;
    }
    return false;
}

}  // namespace daybook::json
