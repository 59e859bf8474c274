// The constraints that the schemas of the built-in types put on strings and maps, for typed events
// (Writer) and for raw JSON (schema/check) alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace daybook::json {

// What a string must be.
enum class Format : std::uint8_t {
    kAny,
    kName,    // 1 to 256 bytes, no control characters
    kPath,    // 1 to 4096 bytes, no control characters
    kSha256,  // 64 lower-case hexadecimal digits
    kDate,    // YYYY-MM-DD
};

// Empty if `text`, valid UTF-8, is what `format` asks for; else what was expected, for a message.
std::string_view expected_format(Format format, std::string_view text);

// What `format` asks for: "a name of 1 to 256 bytes without control characters".
std::string_view describe(Format format);

// What the values of a map must be.
enum class Values : std::uint8_t { kAny, kNumber, kString, kScalar, kScalarOrNull, kChoice };

// "a number", "a string, number or boolean".
std::string_view describe(Values values);

// A map: an object whose field names are data.
struct MapRule {
    Values values = Values::kAny;
    // Whether the field names must be kName.
    bool names_checked = false;
    // kChoice: the strings that are allowed.
    std::span<const std::string_view> choices{};
};

// The names that the event line itself uses: no payload may have a field of such a name.
bool is_reserved_name(std::string_view name);

// "one of `a`, `b`, `c`".
std::string list_choices(std::span<const std::string_view> choices);

}  // namespace daybook::json
