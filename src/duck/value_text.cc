// Column::text and Column::json: any value of a result in words.

#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/calendar.h"
#include "duck/api.h"
#include "duck/column.h"

namespace daybook::duck {
namespace {

// Pedantic compilers want to be told that these are an extension.
__extension__ typedef __int128 Signed128;
__extension__ typedef unsigned __int128 Unsigned128;

// The two spellings share their structure; they differ in quotes, brackets and null.
enum class Style { kText, kJson };

void append_value(const Column& column, std::size_t row, Style style, std::string* out);

void append_json_string(std::string_view text, std::string* out) {
    *out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': *out += "\\\""; break;
            case '\\': *out += "\\\\"; break;
            case '\n': *out += "\\n"; break;
            case '\r': *out += "\\r"; break;
            case '\t': *out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    *out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    *out += c;
                }
        }
    }
    *out += '"';
}

// Decimal digits of a 128-bit magnitude.
std::string digits_of(Unsigned128 value) {
    std::string digits;
    do {
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value != 0);
    return digits;
}

Signed128 signed_value(const Column& column, std::size_t row, TypeKind storage) {
    switch (storage) {
        case TypeKind::kSmallint: return column.raw<std::int16_t>(row);
        case TypeKind::kInteger: return column.raw<std::int32_t>(row);
        case TypeKind::kBigint: return column.raw<std::int64_t>(row);
        default: break;
    }
    const auto value = column.raw<duckdb_hugeint>(row);
    return (static_cast<Signed128>(value.upper) << 64) + static_cast<Signed128>(value.lower);
}

std::string scaled_text(Signed128 value, std::size_t scale) {
    const bool negative = value < 0;
    std::string digits =
        digits_of(negative ? -static_cast<Unsigned128>(value) : static_cast<Unsigned128>(value));
    if (scale > 0) {
        if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
        digits.insert(digits.size() - scale, 1, '.');
    }
    return negative ? "-" + digits : digits;
}

// A whole number keeps ".0".
std::string with_point(std::string number) {
    if (number.find_first_not_of("-0123456789") == std::string::npos) number += ".0";
    return number;
}

std::string number_text(const Column& column, std::size_t row) {
    switch (column.type().kind) {
        case TypeKind::kFloat: return with_point(fmt::format("{}", column.raw<float>(row)));
        case TypeKind::kDouble: return with_point(fmt::format("{}", column.raw<double>(row)));
        case TypeKind::kDecimal:
            return scaled_text(signed_value(column, row, column.type().storage),
                               column.type().scale);
        case TypeKind::kHugeint:
            return scaled_text(signed_value(column, row, TypeKind::kHugeint), 0);
        case TypeKind::kUhugeint: {
            const auto value = column.raw<duckdb_uhugeint>(row);
            return digits_of((static_cast<Unsigned128>(value.upper) << 64) + value.lower);
        }
        case TypeKind::kUbigint: return fmt::format("{}", column.raw<std::uint64_t>(row));
        default: return fmt::format("{}", column.get_int64(row));
    }
}

std::string clock_text(std::int64_t us) {
    std::string out = fmt::format("{:02}:{:02}:{:02}", us / 3'600'000'000, us / 60'000'000 % 60,
                                  us / 1'000'000 % 60);
    if (us % 1'000'000 != 0) {
        out += fmt::format(".{:06}", us % 1'000'000);
        out.erase(out.find_last_not_of('0') + 1);
    }
    return out;
}

std::string date_text(std::int64_t days) {
    if (days >= kDayMin.value() && days <= kDayMax.value()) {
        return to_string(Day(static_cast<std::int32_t>(days)));
    }
    if (days == INT32_MAX) return "infinity";
    if (days == -INT32_MAX) return "-infinity";
    return fmt::format("epoch{:+}d", days);
}

std::string timestamp_text(const Column& column, std::size_t row) {
    constexpr std::int64_t kDayUs = 86'400'000'000;
    const bool infinite = column.type().kind != TypeKind::kDate &&
                          std::llabs(column.raw<std::int64_t>(row)) == INT64_MAX;
    if (infinite) return column.raw<std::int64_t>(row) > 0 ? "infinity" : "-infinity";
    const std::int64_t us = column.get_epoch_us(row);
    const std::int64_t days = us / kDayUs - (us % kDayUs < 0 ? 1 : 0);
    const char* zone = column.type().kind == TypeKind::kTimestampTz ? "+00" : "";
    return fmt::format("{} {}{}", date_text(days), clock_text(us - days * kDayUs), zone);
}

std::string time_tz_text(std::uint64_t bits) {
    // 40 bits of microseconds, then the offset to UTC in seconds, stored as its distance from the
    // greatest offset.
    constexpr std::int64_t kOffsetMax = 16 * 3600 - 1;
    const auto us = static_cast<std::int64_t>(bits >> 24);
    const std::int64_t offset = kOffsetMax - static_cast<std::int64_t>(bits & 0xFFFFFF);
    return fmt::format("{}{}{:02}:{:02}", clock_text(us), offset < 0 ? '-' : '+',
                       std::llabs(offset) / 3600, std::llabs(offset) / 60 % 60);
}

std::string interval_text(const duckdb_interval& value) {
    std::string out;
    const auto add = [&out](std::int64_t count, const char* unit) {
        if (count == 0) return;
        out += fmt::format("{}{} {}{}", out.empty() ? "" : " ", count, unit,
                           std::llabs(count) == 1 ? "" : "s");
    };
    add(value.months / 12, "year");
    add(value.months % 12, "month");
    add(value.days, "day");
    if (value.micros == 0 && !out.empty()) return out;
    return fmt::format("{}{}{}{}", out, out.empty() ? "" : " ", value.micros < 0 ? "-" : "",
                       clock_text(std::llabs(value.micros)));
}

std::string uuid_text(const duckdb_hugeint& value) {
    // DuckDB flips the highest bit, so that UUIDs order as signed numbers.
    const std::uint64_t high = static_cast<std::uint64_t>(value.upper) ^ (std::uint64_t{1} << 63);
    const std::string hex = fmt::format("{:016x}{:016x}", high, value.lower);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

std::string blob_text(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        const bool plain = c >= 0x20 && c < 0x7F && c != '\\' && c != '\'' && c != '"';
        out += plain ? std::string(1, c) : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

// The first byte says how many bits of the second are padding.
std::string bit_text(std::string_view bytes) {
    std::string out;
    for (std::size_t i = 8 + static_cast<std::size_t>(bytes[0]); i < bytes.size() * 8; ++i) {
        out += ((bytes[i / 8] >> (7 - i % 8)) & 1) != 0 ? '1' : '0';
    }
    return out;
}

std::string enum_text(const Column& column, std::size_t row) {
    const TypeInfo& type = column.type();
    switch (type.storage) {
        case TypeKind::kUtinyint: return type.names[column.raw<std::uint8_t>(row)];
        case TypeKind::kUsmallint: return type.names[column.raw<std::uint16_t>(row)];
        default: return type.names[column.raw<std::uint32_t>(row)];
    }
}

// What is neither a number nor made of other values.
std::string scalar_text(const Column& column, std::size_t row) {
    switch (column.type().kind) {
        case TypeKind::kBoolean: return column.get_bool(row) ? "true" : "false";
        case TypeKind::kVarchar: return std::string(column.get_string(row));
        case TypeKind::kBlob: return blob_text(column.get_blob(row));
        case TypeKind::kBit: return bit_text(column.get_blob(row));
        case TypeKind::kDate: return date_text(column.raw<std::int32_t>(row));
        case TypeKind::kTime: return clock_text(column.raw<std::int64_t>(row));
        case TypeKind::kTimeTz: return time_tz_text(column.raw<std::uint64_t>(row));
        case TypeKind::kInterval: return interval_text(column.raw<duckdb_interval>(row));
        case TypeKind::kUuid: return uuid_text(column.raw<duckdb_hugeint>(row));
        case TypeKind::kEnum: return enum_text(column, row);
        case TypeKind::kOther: return "<" + column.type().name + ">";
        default: return timestamp_text(column, row);
    }
}

void append_list(const Column& column, std::size_t row, Style style, std::string* out) {
    const Column values = column.child(0);
    const auto [offset, length] = column.elements(row);
    *out += '[';
    for (std::size_t i = 0; i < length; ++i) {
        if (i > 0) *out += style == Style::kText ? ", " : ",";
        append_value(values, offset + i, style, out);
    }
    *out += ']';
}

void append_map(const Column& column, std::size_t row, Style style, std::string* out) {
    const Column keys = column.child(0);
    const Column values = column.child(1);
    const auto [offset, length] = column.elements(row);
    *out += '{';
    for (std::size_t i = 0; i < length; ++i) {
        if (i > 0) *out += style == Style::kText ? ", " : ",";
        if (style == Style::kText) {
            append_value(keys, offset + i, style, out);
        } else {
            append_json_string(keys.text(offset + i), out);
        }
        *out += style == Style::kText ? "=" : ":";
        append_value(values, offset + i, style, out);
    }
    *out += '}';
}

void append_struct(const Column& column, std::size_t row, Style style, std::string* out) {
    *out += '{';
    for (std::size_t i = 0; i < column.type().children.size(); ++i) {
        if (i > 0) *out += style == Style::kText ? ", " : ",";
        const std::string& name = column.type().names[i];
        if (style == Style::kText) {
            *out += "'" + name + "': ";
        } else {
            append_json_string(name, out);
            *out += ':';
        }
        append_value(column.child(i), row, style, out);
    }
    *out += '}';
}

void append_value(const Column& column, std::size_t row, Style style, std::string* out) {
    const TypeInfo& type = column.type();
    if (column.is_null(row)) {
        *out += style == Style::kText ? "NULL" : "null";
        return;
    }
    switch (type.kind) {
        case TypeKind::kList:
        case TypeKind::kArray: return append_list(column, row, style, out);
        case TypeKind::kMap: return append_map(column, row, style, out);
        case TypeKind::kStruct: return append_struct(column, row, style, out);
        case TypeKind::kUnion: {
            const auto member = static_cast<std::size_t>(column.child(0).get_uint64(row));
            return append_value(column.child(member + 1), row, style, out);
        }
        default: break;
    }
    if (type.is_number()) {
        const bool finite = type.kind != TypeKind::kDouble && type.kind != TypeKind::kFloat
                                ? true
                                : std::isfinite(column.get_double(row));
        const std::string number = number_text(column, row);
        if (style == Style::kJson && !finite) return append_json_string(number, out);
        *out += number;
        return;
    }
    const bool bare = style == Style::kText || type.kind == TypeKind::kBoolean ||
                      (type.kind == TypeKind::kVarchar && type.name == "JSON");
    const std::string text = scalar_text(column, row);
    if (bare) {
        *out += text;
    } else {
        append_json_string(text, out);
    }
}

}  // namespace

std::string Column::text(std::size_t row) const {
    std::string out;
    append_value(*this, row, Style::kText, &out);
    return out;
}

std::string Column::json(std::size_t row) const {
    std::string out;
    append_value(*this, row, Style::kJson, &out);
    return out;
}

}  // namespace daybook::duck
