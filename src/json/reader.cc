#include "json/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/result.h"
#include "base/text.h"
#include "json/chars.h"
#include "json/escape.h"
#include "json/number.h"
#include "json/position.h"

namespace daybook::json {
namespace {

constexpr std::size_t kFoundBytesMax = 40;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Whether a number or word that takes the first `size` bytes of `rest` ends there.
bool ends_value(std::string_view rest, std::size_t size) {
    if (size >= rest.size()) return true;
    const char next = rest[size];
    return next == ',' || next == '}' || next == ']' || is_space(next);
}

// What stands at the beginning of `rest`, in words: the token, or the byte that begins none.
std::string found_at(std::string_view rest) {
    if (rest.empty()) return "the end of the text";
    const char first = rest.front();
    if (utf8_sequence(rest) == 0) {
        return fmt::format("byte 0x{:02x}, which is not UTF-8", static_cast<unsigned char>(first));
    }
    if (first == '{') return "an object";
    if (first == '[') return "an array";
    std::size_t size = 0;
    if (first == '"') {
        size = std::min(rest.find('"', 1), rest.size() - 1) + 1;
    } else {
        size = std::min(rest.find_first_of(" \t\r\n,:]}[{\""), rest.size());
        if (size == 0) size = utf8_sequence(rest);
    }
    // Never through the middle of a character.
    if (size > kFoundBytesMax) {
        return printable(rest.substr(0, utf8_prefix(rest.substr(0, kFoundBytesMax)))) + "…";
    }
    return printable(rest.substr(0, size));
}

}  // namespace

std::string_view describe(Kind kind) {
    switch (kind) {
        case Kind::kError: return "nothing";
        case Kind::kNull: return "null";
        case Kind::kBool: return "a boolean";
        case Kind::kNumber: return "a number";
        case Kind::kString: return "a string";
        case Kind::kArray: return "an array";
        case Kind::kObject: return "an object";
    }
    return {};
}

Reader::Reader(std::string_view text, std::string_view what, std::size_t levels_around)
    : begin_(text.data()),
      end_(text.data() + text.size()),
      at_(begin_),
      what_(what),
      levels_around_(levels_around) {}

Kind Reader::peek() {
    if (failed_) return Kind::kError;
    skip_space();
    if (at_ == end_) {
        malformed("a value");
        return Kind::kError;
    }
    switch (*at_) {
        case '{': return Kind::kObject;
        case '[': return Kind::kArray;
        case '"': return Kind::kString;
        case 't':
        case 'f': return Kind::kBool;
        case 'n': return Kind::kNull;
        default: break;
    }
    if (*at_ == '-' || (*at_ >= '0' && *at_ <= '9')) return Kind::kNumber;
    malformed_number();
    return Kind::kError;
}

bool Reader::enter_object() { return enter('{', Kind::kObject, "an object"); }

bool Reader::next_field(std::string_view* name) {
    bool more = false;
    if (!next('}', &more) || !more) return false;
    if (at_ == end_ || *at_ != '"') return malformed("a field name in quotes");
    std::string_view raw;
    bool has_escapes = false;
    const char* const quote = at_;
    if (!scan_string(&raw, &has_escapes)) return false;
    raw_name_ = {quote, static_cast<std::size_t>(at_ - quote)};
    path_.set(raw);
    *name = raw;
    if (has_escapes) {
        name_scratch_.clear();
        unescape(raw, name_scratch_);
        *name = name_scratch_;
    }
    skip_space();
    if (at_ == end_ || *at_ != ':') return malformed("`:` after the field's name");
    ++at_;
    return true;
}

bool Reader::enter_array() { return enter('[', Kind::kArray, "an array"); }

bool Reader::next_item() {
    bool more = false;
    if (!next(']', &more) || !more) return false;
    path_.set(counts_[path_.depth()] - 1);
    return true;
}

bool Reader::string(std::string_view* value) {
    if (!expect_value(Kind::kString, "a string")) return false;
    bool has_escapes = false;
    if (!scan_string(value, &has_escapes)) return false;
    if (has_escapes) {
        string_scratch_.clear();
        unescape(*value, string_scratch_);
        *value = string_scratch_;
    }
    return true;
}

bool Reader::integer(std::int64_t* value) {
    if (!expect_value(Kind::kNumber, "an integer")) return false;
    const char* const start = at_;
    std::string_view text;
    if (!number(&text)) return false;
    const auto parsed = parse_integer(text);
    if (!parsed) {
        at_ = start;
        refuse_next("an integer of at most 64 bits");
        return false;
    }
    *value = *parsed;
    return true;
}

bool Reader::number(std::string_view* text) {
    if (!expect_value(Kind::kNumber, "a number")) return false;
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    const NumberText measured = measure_number(rest);
    if (measured.size == 0 || !ends_value(rest, measured.size)) return malformed_number();
    *text = rest.substr(0, measured.size);
    const bool may_overflow = measured.has_exponent || measured.size > kFiniteCharsMax;
    if (may_overflow && !is_finite_number(*text)) {
        refuse_next("a number that a double can hold (at most about 1.8e308)");
        return false;
    }
    at_ += measured.size;
    return true;
}

bool Reader::boolean(bool* value) {
    if (!expect_value(Kind::kBool, "a boolean")) return false;
    *value = *at_ == 't';
    return literal(*value ? "true" : "false");
}

bool Reader::null() { return expect_value(Kind::kNull, "null") && literal("null"); }

bool Reader::skip() {
    std::string_view text;
    bool has_escapes = false;
    switch (peek()) {
        case Kind::kError: return false;
        case Kind::kNull: return literal("null");
        case Kind::kBool: return literal(*at_ == 't' ? "true" : "false");
        case Kind::kNumber: return number(&text);
        case Kind::kString: return scan_string(&text, &has_escapes);
        case Kind::kArray:
            if (!enter_array()) return false;
            while (next_item()) skip();
            return !failed_;
        case Kind::kObject:
            if (!enter_object()) return false;
            while (next_field(&text)) skip();
            return !failed_;
    }
    return false;
}

bool Reader::finish() {
    if (failed_) return false;
    skip_space();
    return at_ == end_ || malformed("the end of the text");
}

void Reader::start_copy(std::string* out) {
    DAYBOOK_CHECK(copy_ == nullptr);
    if (!failed_) skip_space();
    copy_ = out;
    copied_ = at_;
}

void Reader::stop_copy() {
    DAYBOOK_CHECK(copy_ != nullptr);
    copy_->append(copied_, static_cast<std::size_t>(at_ - copied_));
    copy_ = nullptr;
}

void Reader::refuse(std::string_view found, std::string_view expected) {
    refuse_because(fmt::format("found {}, expected {}", found, expected));
}

void Reader::refuse_next(std::string_view expected) {
    if (failed_) return;
    skip_space();
    refuse(found_at({at_, static_cast<std::size_t>(end_ - at_)}), expected);
}

void Reader::refuse_missing(std::string_view name, std::string_view expected) {
    if (failed_) return;
    refuse_because(fmt::format("missing, expected {}", expected));
    failed_at_.append("/").append(name);
}

void Reader::refuse_because(std::string_view reason, ErrorCode code) {
    if (failed_) return;
    failed_ = true;
    code_ = code;
    failed_at_ = path_.pointer();
    reason_ = reason;
}

Error Reader::error() const {
    const std::string_view separator = failed_at_.empty() ? "" : ": ";
    return Error(code_, fmt::format("{} {}: {}{}{}", is_malformed_ ? "parse" : "check", what_,
                                    failed_at_, separator, reason_));
}

void Reader::skip_space() {
    if (at_ == end_ || !is_space(*at_)) return;
    if (copy_ != nullptr) copy_->append(copied_, static_cast<std::size_t>(at_ - copied_));
    while (at_ != end_ && is_space(*at_)) ++at_;
    copied_ = at_;
}

bool Reader::expect_value(Kind kind, std::string_view expected) {
    const Kind found = peek();
    if (found == kind) return true;
    if (found != Kind::kError) refuse_next(expected);
    return false;
}

bool Reader::enter(char open, Kind kind, std::string_view expected) {
    if (!expect_value(kind, expected)) return false;
    DAYBOOK_CHECK(*at_ == open);
    if (path_.depth() + levels_around_ >= kNestingMax || !path_.enter()) {
        refuse_because(fmt::format("nested more than {} levels deep", kNestingMax),
                       ErrorCode::kLimit);
        return false;
    }
    ++at_;
    counts_[path_.depth()] = 0;
    return true;
}

// Goes to the next element of the innermost object or array, or behind its end.
bool Reader::next(char close, bool* more) {
    if (failed_) return false;
    skip_space();
    std::size_t& count = counts_[path_.depth()];
    if (at_ != end_ && *at_ == close) {
        ++at_;
        path_.leave();
        *more = false;
        return true;
    }
    if (count > 0) {
        if (at_ == end_ || *at_ != ',')
            return malformed(close == '}' ? "`,` or `}`" : "`,` or `]`");
        ++at_;
        skip_space();
    }
    ++count;
    *more = true;
    return true;
}

bool Reader::scan_string(std::string_view* raw, bool* has_escapes) {
    const char* const start = ++at_;
    while (true) {
        at_ += plain_prefix({at_, static_cast<std::size_t>(end_ - at_)});
        if (at_ == end_) return malformed("`\"` at the end of the string");
        if (*at_ == '"') break;
        if (*at_ == '\\') {
            *has_escapes = true;
            const std::size_t size = escape_size({at_, static_cast<std::size_t>(end_ - at_)});
            if (size == 0) {
                return malformed(
                    "an escape: \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX, surrogates in pairs");
            }
            at_ += size;
        } else if (static_cast<unsigned char>(*at_) < 0x20) {
            return malformed("an escape such as \\n in place of the control character");
        } else {
            const std::size_t size = utf8_sequence({at_, static_cast<std::size_t>(end_ - at_)});
            if (size == 0) return malformed("UTF-8");
            at_ += size;
        }
    }
    *raw = {start, static_cast<std::size_t>(at_ - start)};
    ++at_;
    return true;
}

bool Reader::literal(std::string_view word) {
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    if (!rest.starts_with(word) || !ends_value(rest, word.size())) return malformed_number();
    at_ += word.size();
    return true;
}

bool Reader::malformed(std::string_view expected) {
    if (failed_) return false;
    const auto offset = static_cast<std::size_t>(at_ - begin_);
    const std::string_view text(begin_, static_cast<std::size_t>(end_ - begin_));
    const Position position = position_of(text, offset);
    failed_ = true;
    is_malformed_ = true;
    failed_at_ = path_.pointer();
    reason_ = fmt::format("line {}, column {}: found {}, expected {}", position.line,
                          position.column, found_at(text.substr(offset)), expected);
    return false;
}

bool Reader::malformed_number() {
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    for (const std::string_view word : {"NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"}) {
        if (rest.starts_with(word)) {
            return malformed("a finite number: JSON has no form for it; leave the field out");
        }
    }
    return malformed("a value");
}

Status minify(std::string_view text, std::string& out, std::string_view what) {
    Reader reader(text, what);
    reader.start_copy(&out);
    reader.skip();
    reader.stop_copy();
    if (!reader.finish()) return fail(reader.error());
    return {};
}

}  // namespace daybook::json
