#include "base/text_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace daybook {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Unicode 15: general categories Mn and Me, and format characters; the scripts that names and notes
// are likely to be written in.
constexpr std::array kZeroWidth = std::to_array<Range>({
    {0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD}, {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
    {0x05C4, 0x05C5}, {0x05C7, 0x05C7},   {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0670, 0x0670},
    {0x06D6, 0x06DC}, {0x06DF, 0x06E4},   {0x06E7, 0x06E8}, {0x06EA, 0x06ED}, {0x0900, 0x0902},
    {0x093A, 0x093A}, {0x093C, 0x093C},   {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x1AB0, 0x1ACE}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x202A, 0x202E}, {0x2060, 0x2064},   {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF},
});

// Unicode 15: East Asian Width W and F.
constexpr std::array kDoubleWidth = std::to_array<Range>({
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x1B2FF}, {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320},
    {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA},
    {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E},
    {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F567},
    {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F},
    {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6DF},
    {0x1F6EB, 0x1F6EC}, {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F93A},
    {0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
});

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t point) {
    const auto after =
        std::upper_bound(ranges.begin(), ranges.end(), point,
                         [](char32_t value, const Range& range) { return value < range.first; });
    return after != ranges.begin() && point <= std::prev(after)->last;
}

struct Character {
    std::size_t bytes = 1;
    char32_t point = 0;
    bool valid = false;
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
    return static_cast<std::uint8_t>(text[index]);
}

// The first character of `text`, which is not empty.
Character first_character(std::string_view text) {
    const std::uint8_t lead = byte_at(text, 0);
    if (lead < 0x80) return {.bytes = 1, .point = lead, .valid = true};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {};
    char32_t point = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte_at(text, i) & 0xC0) != 0x80) return {};
        point = point << 6 | (byte_at(text, i) & 0x3FU);
    }
    // Too long a form for its value, a surrogate, beyond Unicode.
    constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast.at(bytes) || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return {};
    }
    return {.bytes = bytes, .point = point, .valid = true};
}

std::size_t width_of(const Character& character) {
    if (!character.valid || character.point < 0x300) return 1;
    if (contains(kZeroWidth, character.point)) return 0;
    return contains(kDoubleWidth, character.point) ? 2 : 1;
}

}  // namespace

std::size_t text_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character character = first_character(text);
        columns += width_of(character);
        text.remove_prefix(character.bytes);
    }
    return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    if (text_width(text) <= columns) return std::string(text);
    if (columns == 0) return "";
    std::string kept;
    std::size_t used = 0;
    while (!text.empty()) {
        const Character character = first_character(text);
        used += width_of(character);
        if (used > columns - 1) break;
        kept += text.substr(0, character.bytes);
        text.remove_prefix(character.bytes);
    }
    return kept + "…";
}

std::string one_line(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    while (!text.empty()) {
        const Character character = first_character(text);
        const bool control =
            character.point < 0x20 || (character.point >= 0x7F && character.point < 0xA0);
        if (character.valid && !control) {
            line += text.substr(0, character.bytes);
        } else if (text[0] == '\n') {
            line += "\\n";
        } else if (text[0] == '\t') {
            line += "\\t";
        } else {
            for (std::size_t i = 0; i < character.bytes; ++i) {
                line += fmt::format("\\x{:02x}", byte_at(text, i));
            }
        }
        text.remove_prefix(character.bytes);
    }
    return line;
}

}  // namespace daybook
