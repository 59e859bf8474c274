#include "schema/reference_json.h"

namespace daybook::schema {
namespace {

std::optional<unsigned> hex_digit(char c) {
    unsigned value = 0;
    const auto parsed = std::from_chars(&c, &c + 1, value, 16);
    return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<std::string> decoded_token(std::string_view text) {
    std::string token;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '~') {
            if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) {
                return std::nullopt;
            }
            token += text[++i] == '0' ? '~' : '/';
        } else if (text[i] == '%') {
            const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
            const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
            if (!low) return std::nullopt;
            const char c = static_cast<char>(*high * 16 + *low);
            if (c == '~' || c == '/' || c == '%') return std::nullopt;
            token += c;
            i += 2;
        } else {
            token += text[i];
        }
    }
    return token;
}

}  // namespace daybook::schema
