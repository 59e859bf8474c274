#include "json/escape.h"

#include <algorithm>

namespace daybook::json {
namespace {

constexpr int kNoUnit = -1;

// The UTF-16 unit that `\uXXXX` at the beginning of `text` names.
int hex_unit(std::string_view text) {
    if (text.size() < 6 || !text.starts_with("\\u")) return kNoUnit;
    int unit = 0;
    for (const char c : text.substr(2, 4)) {
        const char lower = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9') {
            unit = unit * 16 + (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit * 16 + (lower - 'a' + 10);
        } else {
            return kNoUnit;
        }
    }
    return unit;
}

bool is_high_surrogate(int unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low_surrogate(int unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

void append_utf8(unsigned code, std::string& out) {
    const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
        return;
    }
    if (code < 0x800) {
        byte(0xc0 | (code >> 6));
    } else if (code < 0x10000) {
        byte(0xe0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3f));
    } else {
        byte(0xf0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3f));
        byte(0x80 | ((code >> 6) & 0x3f));
    }
    byte(0x80 | (code & 0x3f));
}

}  // namespace

std::size_t escape_size(std::string_view text) {
    if (text.size() < 2) return 0;
    if (std::string_view("\"\\/bfnrt").find(text[1]) != std::string_view::npos) return 2;
    const int unit = hex_unit(text);
    if (unit == kNoUnit || is_low_surrogate(unit)) return 0;
    if (!is_high_surrogate(unit)) return 6;
    return is_low_surrogate(hex_unit(text.substr(6))) ? 12 : 0;
}

void unescape(std::string_view raw, std::string& out) {
    while (true) {
        const std::size_t plain = std::min(raw.find('\\'), raw.size());
        out.append(raw.substr(0, plain));
        raw.remove_prefix(plain);
        if (raw.size() < 2) return;
        switch (raw[1]) {
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'n': out += '\n'; break;
            case 'r': out += '\r'; break;
            case 't': out += '\t'; break;
            case 'u': {
                auto code = static_cast<unsigned>(hex_unit(raw));
                if (is_high_surrogate(static_cast<int>(code))) {
                    const auto low = static_cast<unsigned>(hex_unit(raw.substr(6)));
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                append_utf8(code, out);
                break;
            }
            default: out += raw[1]; break;  // a quote, a backslash, a slash
        }
        raw.remove_prefix(std::min(std::max<std::size_t>(escape_size(raw), 2), raw.size()));
    }
}

char* write_escape(unsigned char byte, char* out) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto two = [out](char letter) {
        out[0] = '\\';
        out[1] = letter;
        return out + 2;
    };
    switch (byte) {
        case '"':
        case '\\': return two(static_cast<char>(byte));
        case '\b': return two('b');
        case '\f': return two('f');
        case '\n': return two('n');
        case '\r': return two('r');
        case '\t': return two('t');
        default: break;
    }
    two('u');
    out[2] = '0';
    out[3] = '0';
    out[4] = kHex[byte >> 4];
    out[5] = kHex[byte & 15];
    return out + kEscapeCharsMax;
}

}  // namespace daybook::json
