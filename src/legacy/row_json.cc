#include "legacy/row_json.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "json/number.h"
#include "json/reader.h"
#include "legacy/json_members.h"
#include "schema/check.h"

namespace daybook::legacy {
namespace {

using duck::TypeKind;

bool is_time(TypeKind kind) {
    switch (kind) {
        case TypeKind::kDate:
        case TypeKind::kTimestamp:
        case TypeKind::kTimestampTz:
        case TypeKind::kTimestampS:
        case TypeKind::kTimestampMs:
        case TypeKind::kTimestampNs: return true;
        default: return false;
    }
}

void append_double(double value, const json::Path& path, json::NonFinite& nonfinite,
                   std::string& out) {
    if (!std::isfinite(value)) return nonfinite.append(value, path, out);
    char digits[json::kDoubleCharsMax];
    const char* const end = json::write_double(value, digits);
    out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_integer(std::int64_t value, std::string& out) {
    char digits[json::kIntegerCharsMax];
    const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_items(const duck::Column& column, std::size_t row, json::Path& path,
                  json::NonFinite& nonfinite, std::string& out) {
    const duck::Column items = column.child(0);
    const auto [offset, length] = column.elements(row);
    out += '[';
    for (std::size_t i = 0; i < length; ++i) {
        if (i > 0) out += ',';
        path.set(i);
        append_value(items, offset + i, path, nonfinite, out);
    }
    out += ']';
}

void append_map(const duck::Column& column, std::size_t row, json::Path& path,
                json::NonFinite& nonfinite, std::string& out) {
    const duck::Column keys = column.child(0);
    const duck::Column values = column.child(1);
    const auto [offset, length] = column.elements(row);
    out += '{';
    for (std::size_t i = 0; i < length; ++i) {
        if (i > 0) out += ',';
        const std::string key = keys.text(offset + i);
        json::append_string(key, out);
        out += ':';
        path.set(key);
        append_value(values, offset + i, path, nonfinite, out);
    }
    out += '}';
}

void append_struct(const duck::Column& column, std::size_t row, json::Path& path,
                   json::NonFinite& nonfinite, std::string& out) {
    const duck::TypeInfo& type = column.type();
    out += '{';
    for (std::size_t i = 0; i < type.children.size(); ++i) {
        if (i > 0) out += ',';
        json::append_string(type.names[i], out);
        out += ':';
        path.set(type.names[i]);
        append_value(column.child(i), row, path, nonfinite, out);
    }
    out += '}';
}

// A value made of others.
void append_nested(const duck::Column& column, std::size_t row, json::Path& path,
                   json::NonFinite& nonfinite, std::string& out) {
    if (!path.enter()) {
        // Deeper than an event may be: as text it stays.
        json::append_string(column.text(row), out);
        return;
    }
    switch (column.type().kind) {
        case TypeKind::kMap: append_map(column, row, path, nonfinite, out); break;
        case TypeKind::kStruct: append_struct(column, row, path, nonfinite, out); break;
        default: append_items(column, row, path, nonfinite, out); break;
    }
    path.leave();
}

struct Interval {
    std::int32_t months;
    std::int32_t days;
    std::int64_t us;
};

// Milliseconds that a value of a time or a duration says; nullopt: it is neither, or infinite.
std::optional<std::int64_t> milliseconds(const duck::Column& column, std::size_t row) {
    const TypeKind kind = column.type().kind;
    if (kind == TypeKind::kDate) {
        const std::int32_t day = column.raw<std::int32_t>(row);
        if (day == INT32_MAX || day <= -INT32_MAX) return std::nullopt;
        return std::int64_t{day} * 86'400'000;
    }
    if (is_time(kind)) {
        const std::int64_t value = column.raw<std::int64_t>(row);
        if (value == INT64_MAX || value <= -INT64_MAX) return std::nullopt;
        if (kind == TypeKind::kTimestampMs) return value;
        // In seconds it may be a time that no other type can hold.
        constexpr std::int64_t kSecondsMax = INT64_MAX / 1'000'000;
        if (kind == TypeKind::kTimestampS && (value > kSecondsMax || value < -kSecondsMax)) {
            return std::nullopt;
        }
        const std::int64_t us = column.get_epoch_us(row);
        return us / 1'000 - (us % 1'000 < 0 ? 1 : 0);
    }
    if (kind != TypeKind::kInterval) return std::nullopt;
    const auto& interval = column.raw<Interval>(row);
    return (std::int64_t{interval.months} * 30 + interval.days) * 86'400'000 + interval.us / 1'000;
}

std::optional<double> number_of(const duck::Column& column, std::size_t row) {
    const duck::TypeInfo& type = column.type();
    if (type.is_number()) return column.get_double(row);
    if (type.kind == TypeKind::kBoolean) return column.get_bool(row) ? 1 : 0;
    if (type.kind != TypeKind::kVarchar) return std::nullopt;
    const std::string_view text = column.get_string(row);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> integer_of(const duck::Column& column, std::size_t row, bool rounds) {
    const duck::TypeInfo& type = column.type();
    if (type.is_integer() && type.kind != TypeKind::kUbigint) return column.get_int64(row);
    if (const auto ms = milliseconds(column, row)) return ms;
    // Beyond a double's 53 bits every digit counts.
    if (type.kind == TypeKind::kVarchar || type.kind == TypeKind::kHugeint ||
        type.kind == TypeKind::kUhugeint || type.kind == TypeKind::kUbigint) {
        if (const auto value = json::parse_integer(column.text(row))) return value;
        if (type.kind != TypeKind::kVarchar) return std::nullopt;
    }
    const std::optional<double> number = number_of(column, row);
    // Doubles that have a 64-bit integer.
    if (!number || !(std::abs(*number) < 9.2e18)) return std::nullopt;
    if (!rounds && *number != std::trunc(*number)) return std::nullopt;
    return std::llround(*number);
}

bool append_boolean(const duck::Column& column, std::size_t row, std::string& out) {
    std::optional<bool> value;
    if (column.type().kind == TypeKind::kVarchar) {
        const std::string text = lower_case(column.get_string(row));
        if (text == "true" || text == "t" || text == "yes" || text == "1") value = true;
        if (text == "false" || text == "f" || text == "no" || text == "0") value = false;
    } else if (const auto number = number_of(column, row)) {
        value = *number != 0;
    }
    if (!value) return false;
    out += *value ? "true" : "false";
    return true;
}

// A whole number that a DOUBLE holds exactly is written as one: 7 and not 7.0, as pandas makes of
// integers when one of them is missing.
std::string name_text(const duck::Column& column, std::size_t row) {
    constexpr double kExactMax = 9'007'199'254'740'992;  // 2^53
    const TypeKind kind = column.type().kind;
    if (kind == TypeKind::kDouble || kind == TypeKind::kFloat) {
        const double value = column.get_double(row);
        if (std::abs(value) <= kExactMax && value == std::trunc(value)) {
            return std::to_string(static_cast<std::int64_t>(value));
        }
    }
    return column.text(row);
}

// JSON as a text has it; false, and nothing done: it is none.
bool append_json(std::string_view text, json::Path& path, json::NonFinite& nonfinite,
                 std::string& out) {
    const std::size_t begin = out.size();
    if (!json::append_lenient(text, path, nonfinite, out)) return false;
    keep_last_of_a_name(out, begin, path, nonfinite);
    return true;
}

// Texts: a list of any, a JSON array of them, or one.
bool append_texts(const duck::Column& column, std::size_t row, json::Path& path,
                  json::NonFinite& nonfinite, std::string& out) {
    const TypeKind kind = column.type().kind;
    if (kind == TypeKind::kList || kind == TypeKind::kArray) {
        const duck::Column items = column.child(0);
        const auto [offset, length] = column.elements(row);
        out += '[';
        for (std::size_t i = 0; i < length; ++i) {
            if (i > 0) out += ',';
            json::append_string(items.text(offset + i), out);
        }
        out += ']';
        return true;
    }
    const std::string text = column.text(row);
    if (text.starts_with('[')) return append_json(text, path, nonfinite, out);
    out += '[';
    json::append_string(text, out);
    out += ']';
    return true;
}

}  // namespace

bool is_json(const duck::TypeInfo& type) {
    return type.kind == TypeKind::kVarchar && type.name == "JSON";
}

void append_value(const duck::Column& column, std::size_t row, json::Path& path,
                  json::NonFinite& nonfinite, std::string& out) {
    if (column.is_null(row)) {
        out += "null";
        return;
    }
    const duck::TypeInfo& type = column.type();
    switch (type.kind) {
        case TypeKind::kBigint: return append_integer(column.raw<std::int64_t>(row), out);
        case TypeKind::kInteger: return append_integer(column.raw<std::int32_t>(row), out);
        case TypeKind::kDouble: return append_double(column.raw<double>(row), path, nonfinite, out);
        case TypeKind::kFloat: {
            const float value = column.raw<float>(row);
            if (!std::isfinite(value)) return nonfinite.append(double{value}, path, out);
            break;
        }
        case TypeKind::kList:
        case TypeKind::kArray:
        case TypeKind::kMap:
        case TypeKind::kStruct: return append_nested(column, row, path, nonfinite, out);
        case TypeKind::kUnion: {
            const auto member = static_cast<std::size_t>(column.child(0).get_uint64(row));
            return append_value(column.child(member + 1), row, path, nonfinite, out);
        }
        case TypeKind::kVarchar: {
            const std::string_view text = column.get_string(row);
            if (is_json(type) && append_json(text, path, nonfinite, out)) return;
            return json::append_string(text, out);
        }
        default: break;
    }
    out += column.json(row);
}

bool append_object(const duck::Column& column, std::size_t row, json::Path& path,
                   json::NonFinite& nonfinite, std::string& out) {
    const TypeKind kind = column.type().kind;
    if (kind == TypeKind::kMap || kind == TypeKind::kStruct) {
        append_nested(column, row, path, nonfinite, out);
        return true;
    }
    const std::size_t begin = out.size();
    if (kind != TypeKind::kVarchar) {
        out += "{\"value\":";
        append_value(column, row, path, nonfinite, out);
        out += '}';
        return false;
    }
    const std::string_view text = column.get_string(row);
    if (append_json(text, path, nonfinite, out)) {
        if (out[begin] == '{') return true;
        out.insert(begin, "{\"value\":");
    } else {
        out += "{\"value\":";
        json::append_string(text, out);
    }
    out += '}';
    return false;
}

bool append_scalar(const duck::Column& column, std::size_t row, const schema::FieldSpec& spec,
                   json::Path& path, json::NonFinite& nonfinite, std::string& out) {
    using schema::FieldKind;
    switch (spec.kind) {
        case FieldKind::kString: json::append_string(name_text(column, row), out); return true;
        case FieldKind::kChoice:
            json::append_string(lower_case(column.text(row)), out);
            return true;
        case FieldKind::kInteger: {
            const auto value = integer_of(column, row, spec.name.ends_with("_ms"));
            if (!value || (spec.minimum && *value < *spec.minimum)) return false;
            append_integer(*value, out);
            return true;
        }
        case FieldKind::kNumber: {
            const auto value = number_of(column, row);
            if (!value) return false;
            append_double(*value, path, nonfinite, out);
            return true;
        }
        case FieldKind::kBoolean: return append_boolean(column, row, out);
        case FieldKind::kStrings: return append_texts(column, row, path, nonfinite, out);
        case FieldKind::kMap:
        case FieldKind::kObject: break;
    }
    DAYBOOK_CHECK(!"no object");
    return false;
}

bool is_cut(const duck::Column& column, std::size_t row) {
    const TypeKind kind = column.type().kind;
    if (kind == TypeKind::kTimestampNs) return column.raw<std::int64_t>(row) % 1'000'000 != 0;
    if (kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz) {
        return column.raw<std::int64_t>(row) % 1'000 != 0;
    }
    if (kind == TypeKind::kInterval) return column.raw<Interval>(row).us % 1'000 != 0;
    if (column.type().is_integer()) return false;
    const std::optional<double> number = number_of(column, row);
    return number && *number != std::trunc(*number);
}

bool fits(std::string_view json, const schema::FieldSpec& spec) {
    json::Reader reader(json);
    schema::SeenFields seen = 0;
    return schema::check_field(reader, {.fields = {&spec, 1}}, spec.name, &seen) && reader.finish();
}

}  // namespace daybook::legacy
