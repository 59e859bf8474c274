#include "json/rules.h"

#include <algorithm>
#include <array>

#include "base/calendar.h"
#include "base/limits.h"
#include "json/chars.h"

namespace daybook::json {
namespace {

constexpr std::array<std::string_view, 8> kReserved = {
    "event_type", "event_id", "timestamp_ms", "run_id",
    "seq",        "synced",   "checksum",     "schema_version"};

bool fits(std::string_view text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && !has_control(text);
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace

std::string_view expected_format(Format format, std::string_view text) {
    bool ok = true;
    switch (format) {
        case Format::kAny: break;
        case Format::kName: ok = fits(text, kNameBytesMax); break;
        case Format::kPath: ok = fits(text, kPathBytesMax); break;
        case Format::kSha256: ok = is_sha256(text); break;
        case Format::kDate: ok = parse_day(text).has_value(); break;
    }
    return ok ? std::string_view() : describe(format);
}

std::string_view describe(Format format) {
    static_assert(kNameBytesMax == 256 && kPathBytesMax == 4096);
    switch (format) {
        case Format::kAny: return "a string";
        case Format::kName: return "a name of 1 to 256 bytes without control characters";
        case Format::kPath: return "a path of 1 to 4096 bytes without control characters";
        case Format::kSha256: return "64 lower-case hexadecimal digits";
        case Format::kDate: return "a day as YYYY-MM-DD";
    }
    return {};
}

std::string_view describe(Values values) {
    switch (values) {
        case Values::kAny: return "any value";
        case Values::kNumber: return "a number";
        case Values::kString: return "a string";
        case Values::kScalar: return "a string, number or boolean";
        case Values::kScalarOrNull: return "a string, number, boolean or null";
        case Values::kChoice: return "one of a few strings";
    }
    return {};
}

bool is_reserved_name(std::string_view name) {
    return std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end();
}

std::string list_choices(std::span<const std::string_view> choices) {
    std::string text = "one of ";
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i > 0) text += ", ";
        text += '`';
        text += choices[i];
        text += '`';
    }
    return text;
}

}  // namespace daybook::json
