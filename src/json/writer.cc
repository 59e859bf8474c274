#include "json/writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/result.h"
#include "base/text.h"
#include "json/chars.h"
#include "json/escape.h"
#include "json/map_check.h"
#include "json/number.h"
#include "json/reader.h"

namespace daybook::json {
namespace {

constexpr std::size_t kGrowBytesMin = 512;

// Copies `size` < 16 bytes if all of them stand for themselves.  Overlapping words in place of a
// loop: field names and short values are most of what is written.
bool copy_plain(const char* from, std::size_t size, char* to) {
    if (size >= 8) {
        const std::uint64_t head = load64(from);
        const std::uint64_t tail = load64(from + size - 8);
        if ((special_bytes(head) | special_bytes(tail)) != 0) return false;
        std::memcpy(to, from, 8);
        std::memmove(to + size - 8, from + size - 8, 8);
        return true;
    }
    if (size >= 4) {
        std::uint32_t head;
        std::uint32_t tail;
        std::memcpy(&head, from, 4);
        std::memcpy(&tail, from + size - 4, 4);
        if (special_bytes(std::uint64_t{head} << 32 | tail) != 0) return false;
        std::memcpy(to, &head, 4);
        std::memcpy(to + size - 4, &tail, 4);
        return true;
    }
    std::uint64_t word = 0x2020202020202020;
    if (size > 0) std::memcpy(&word, from, size);  // Empty texts may have no address.
    if (special_bytes(word) != 0) return false;
    std::memcpy(to, &word, 4);
    return true;
}

std::string_view kind_name(Value::Kind kind) {
    switch (kind) {
        case Value::Kind::kNull: return "null";
        case Value::Kind::kBool: return "a boolean";
        case Value::Kind::kInt:
        case Value::Kind::kUint:
        case Value::Kind::kDouble: return "a number";
        case Value::Kind::kString: return "a string";
        case Value::Kind::kJson: return "JSON text";
        case Value::Kind::kArray: return "an array";
        case Value::Kind::kObject: return "an object";
    }
    return {};
}

bool fits(const Value& value, const MapRule& rule) {
    using enum Value::Kind;
    const Value::Kind kind = value.kind();
    const bool is_number = kind == kInt || kind == kUint || kind == kDouble;
    switch (rule.values) {
        case Values::kAny: return true;
        case Values::kNumber: return is_number;
        case Values::kString: return kind == kString;
        case Values::kScalar: return is_number || kind == kString || kind == kBool;
        case Values::kScalarOrNull:
            return is_number || kind == kString || kind == kBool || kind == kNull;
        case Values::kChoice:
            return kind == kString && std::find(rule.choices.begin(), rule.choices.end(),
                                                value.as_string()) != rule.choices.end();
    }
    return false;
}

}  // namespace

Writer::Writer(std::string& out)
    : out_(out), begin_(out.size()), at_(out.data() + begin_), end_(at_) {
    path_.enter();
}

void Writer::integer(std::int64_t value) {
    need(kIntegerCharsMax);
    at_ = std::to_chars(at_, at_ + kIntegerCharsMax, value).ptr;
}

void Writer::integer(std::uint64_t value) {
    need(kIntegerCharsMax);
    at_ = std::to_chars(at_, at_ + kIntegerCharsMax, value).ptr;
}

void Writer::integer(std::int64_t value, std::int64_t minimum) {
    if (value < minimum) {
        refuse(fmt::to_string(value), fmt::format("an integer of at least {}", minimum));
        return;
    }
    integer(value);
}

void Writer::number(double value) {
    if (!std::isfinite(value)) [[unlikely]] {
        const char* const found = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
        refuse(found, "a finite number: JSON has no form for it; leave the field out");
        return;
    }
    need(kDoubleCharsMax);
    at_ = write_double(value, at_);
}

void Writer::string(std::string_view text) {
    // Two quotes, and room for the word that copy_plain() writes of a string of less than 4 bytes.
    need(text.size() + 2 + 4);
    *at_ = '"';
    if (text.size() < 16) {
        if (!copy_plain(text.data(), text.size(), at_ + 1)) return escaped(text);
    } else {
        if (plain_prefix(text) != text.size()) return escaped(text);
        std::memcpy(at_ + 1, text.data(), text.size());
    }
    at_[text.size() + 1] = '"';
    at_ += text.size() + 2;
}

void Writer::string(std::string_view text, Format format) {
    const std::string_view expected = expected_format(format, text);
    if (!expected.empty()) return refuse_text(text, expected);
    string(text);
}

void Writer::escaped(std::string_view text) {
    const std::size_t valid = utf8_prefix(text);
    if (valid != text.size()) {
        refuse(fmt::format("byte 0x{:02x} at offset {}", static_cast<unsigned char>(text[valid]),
                           valid),
               "UTF-8");
        return;
    }
    raw("\"");
    while (!text.empty()) {
        const std::size_t plain = plain_prefix(text);
        raw(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const std::size_t sequence = utf8_sequence(text);
        if (sequence > 1) {
            raw(text.substr(0, sequence));
        } else {
            need(kEscapeCharsMax);
            at_ = write_escape(static_cast<unsigned char>(text.front()), at_);
        }
        text.remove_prefix(sequence);
    }
    raw("\"");
}

void Writer::strings(std::span<const std::string_view> list) {
    if (!enter()) return;
    raw("[");
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) raw(",");
        path_.set(i);
        string(list[i]);
    }
    raw("]");
    path_.leave();
}

void Writer::value(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::kNull: return null();
        case Value::Kind::kBool: return boolean(value.as_bool());
        case Value::Kind::kInt: return integer(value.as_int());
        case Value::Kind::kUint: return integer(value.as_uint());
        case Value::Kind::kDouble: return number(value.as_double());
        case Value::Kind::kString: return string(value.as_string());
        case Value::Kind::kJson: return json(value.as_string());
        case Value::Kind::kObject: return object(value.as_object());
        case Value::Kind::kArray: break;
    }
    if (!enter()) return;
    raw("[");
    const std::span<const Value> list = value.as_array();
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) raw(",");
        path_.set(i);
        this->value(list[i]);
    }
    raw("]");
    path_.leave();
}

void Writer::object(const Fields& fields, const MapRule& rule) {
    if (!fields.json().empty()) {
        cut();
        Reader reader(fields.json(), "json", path_.depth());
        reader.start_copy(&out_);
        read_map(reader, rule);
        reader.stop_copy();
        adopt(reader);
        return;
    }
    if (!enter()) return;
    raw("{");
    bool first = true;
    for (const Field& field : fields) {
        if (!first) raw(",");
        first = false;
        list_field(field, rule);
    }
    raw("}");
    path_.leave();
}

void Writer::list_field(const Field& field, const MapRule& rule) {
    path_.set(field.name);
    if (rule.names_checked) {
        string(field.name, Format::kName);
    } else {
        string(field.name);
    }
    raw(":");
    if (rule.values != Values::kAny && !check_value(field.value, rule)) return;
    value(field.value);
}

bool Writer::check_value(const Value& value, const MapRule& rule) {
    if (value.kind() == Value::Kind::kJson) {
        // Ready text: the rule looks at it as it would at the value of a raw event.
        std::string wrapped = "{\"\":";
        wrapped.append(value.as_string()).append("}");
        Reader reader(wrapped, "json", path_.depth() - 1);
        if (read_map(reader, {.values = rule.values, .choices = rule.choices}) && reader.finish()) {
            return true;
        }
        refuse(reader.code(), reader.reason());
        return false;
    }
    if (fits(value, rule)) return true;
    const bool is_choice = rule.values == Values::kChoice;
    const bool is_string = value.kind() == Value::Kind::kString;
    refuse(is_choice && is_string ? fmt::format("\"{}\"", printable(value.as_string()))
                                  : std::string(kind_name(value.kind())),
           is_choice ? list_choices(rule.choices) : std::string(describe(rule.values)));
    return false;
}

void Writer::extra(const Fields& fields, std::span<const std::string_view> taken, bool in_event) {
    for (const Field& field : fields) {
        path_.set(field.name);
        if (!check_extra_name(field.name, taken, in_event)) return;
        raw(",");
        list_field(field, {});
    }
    if (fields.json().empty()) return;
    Reader reader(fields.json(), "json", path_.depth() - 1);
    reader.enter_object();
    std::string_view name;
    while (reader.next_field(&name)) {
        path_.set(name);
        if (!check_extra_name(name, taken, in_event)) return;
        raw(",");
        raw(reader.raw_name());
        raw(":");
        cut();
        reader.start_copy(&out_);
        reader.skip();
        reader.stop_copy();
        resume();
    }
    path_.set(std::string_view());
    adopt(reader);
}

bool Writer::check_extra_name(std::string_view name, std::span<const std::string_view> taken,
                              bool in_event) {
    if (in_event && is_reserved_name(name)) {
        refuse(ErrorCode::kInvalidArgument,
               fmt::format("`{}` is reserved for the event line itself; use another name", name));
        return false;
    }
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
        refuse(ErrorCode::kInvalidArgument,
               fmt::format("`{}` is a field of its own here, not an extra one; set that", name));
        return false;
    }
    return true;
}

void Writer::json(std::string_view text) {
    cut();
    Reader reader(text, "json", path_.depth());
    reader.start_copy(&out_);
    reader.skip();
    reader.stop_copy();
    adopt(reader);
}

// Takes over what `reader` has copied behind the end, and its error.
void Writer::adopt(Reader& reader) {
    resume();
    if (reader.finish() || failed_) return;
    set_error(reader.code(), path_.pointer() + reader.failed_at(), reader.reason());
}

void Writer::set_error(ErrorCode code, const std::string& place, const std::string& reason) {
    failed_ = true;
    code_ = code;
    message_ = place.empty() ? reason : place + ": " + reason;
}

std::size_t Writer::open() {
    enter();
    return size();
}

void Writer::close(std::size_t mark) {
    if (size() == mark) {
        raw("{}");
    } else {
        out_[begin_ + mark] = '{';
        raw("}");
    }
    path_.leave();
}

void Writer::refuse(std::string_view found, std::string_view expected) {
    refuse(ErrorCode::kInvalidArgument, fmt::format("found {}, expected {}", found, expected));
}

void Writer::refuse_text(std::string_view text, std::string_view expected) {
    const std::string_view head = text.substr(0, utf8_prefix(text.substr(0, 40)));
    refuse(fmt::format("\"{}\" ({} bytes)", printable(head), text.size()), expected);
}

void Writer::refuse(ErrorCode code, const std::string& message) {
    if (failed_) return;
    set_error(code, path_.pointer(), message);
}

bool Writer::enter() {
    if (path_.enter()) return true;
    refuse(ErrorCode::kLimit, fmt::format("nested more than {} levels deep", kNestingMax));
    return false;
}

Status Writer::finish(std::string_view attempt) {
    cut();
    if (!failed_) return {};
    out_.resize(begin_);
    resume();
    return fail(code_, "{}: {}", attempt, message_);
}

void Writer::grow(std::size_t bytes) {
    const auto used = static_cast<std::size_t>(at_ - out_.data());
    out_.resize(used + std::max(bytes, kGrowBytesMin));
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
}

void Writer::cut() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }

void Writer::resume() { at_ = end_ = out_.data() + out_.size(); }

}  // namespace daybook::json
