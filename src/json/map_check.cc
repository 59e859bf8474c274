#include "json/map_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace daybook::json {
namespace {

bool fits(Kind kind, Values values) {
    switch (values) {
        case Values::kAny: return true;
        case Values::kNumber: return kind == Kind::kNumber;
        case Values::kString:
        case Values::kChoice: return kind == Kind::kString;
        case Values::kScalarOrNull:
            if (kind == Kind::kNull) return true;
            [[fallthrough]];
        case Values::kScalar:
            return kind == Kind::kString || kind == Kind::kNumber || kind == Kind::kBool;
    }
    return false;
}

bool read_value(Reader& reader, const MapRule& rule) {
    const Kind kind = reader.peek();
    if (kind == Kind::kError) return false;
    if (!fits(kind, rule.values)) {
        reader.refuse_next(describe(rule.values));
        return false;
    }
    if (rule.values != Values::kChoice) return reader.skip();
    std::string_view text;
    if (!reader.string(&text)) return false;
    if (std::find(rule.choices.begin(), rule.choices.end(), text) != rule.choices.end())
        return true;
    reader.refuse(fmt::format("\"{}\"", printable(text)), list_choices(rule.choices));
    return false;
}

}  // namespace

bool read_map(Reader& reader, const MapRule& rule) {
    if (!reader.enter_object()) return false;
    std::string_view name;
    while (reader.next_field(&name)) {
        if (rule.names_checked) {
            const std::string_view expected = expected_format(Format::kName, name);
            if (!expected.empty()) {
                reader.refuse(fmt::format("a field name of {} bytes", name.size()), expected);
                return false;
            }
        }
        read_value(reader, rule);
    }
    return !reader.failed();
}

bool read_string(Reader& reader, Format format, std::string_view* value) {
    if (!reader.string(value)) return false;
    const std::string_view expected = expected_format(format, *value);
    if (expected.empty()) return true;
    reader.refuse(fmt::format("\"{}\" ({} bytes)", printable(*value, 40), value->size()), expected);
    return false;
}

}  // namespace daybook::json
