// A strict reader of JSON text, for what comes from outside and is about to become part of the log.
//
//     Reader reader(text);
//     std::string_view name;
//     if (reader.enter_object()) {
//         while (reader.next_field(&name)) reader.skip();
//     }
//     if (!reader.finish()) return fail(reader.error());
//
// It takes exactly RFC 8259 in UTF-8, checks every byte it passes, also those of values that are
// skipped, and knows the place (line, column, JSON pointer) of whatever it refuses.  It also
// refuses what no reader of the log could hold: numbers beyond a double, lone surrogates, nesting
// above 64. The log's own readers use json/document.h, which is faster and trusts what it skips.
//
// After the first refusal every call returns false (or Kind::kError) and changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/result.h"
#include "json/path.h"

namespace daybook::json {

enum class Kind : std::uint8_t { kError, kNull, kBool, kNumber, kString, kArray, kObject };

// "a string", "an object"; "nothing" for kError.
std::string_view describe(Kind kind);

class Reader {
public:
    // `text` must outlive the reader.  `what` says in messages what was read; `levels_around` is
    // how many objects and arrays the text stands in, for the limit.
    explicit Reader(std::string_view text, std::string_view what = "event",
                    std::size_t levels_around = 0);

    // What the next value is.
    Kind peek();

    // Objects: enter, then next_field() until it is false, reading or skipping one value after
    // each. `name` is unescaped, and is valid until the next call.
    bool enter_object();
    bool next_field(std::string_view* name);
    // Arrays: enter, then next_item() until it is false, with one value after each.
    bool enter_array();
    bool next_item();

    // Scalars.  A string is unescaped, and is valid until the next call.
    bool string(std::string_view* value);
    bool integer(std::int64_t* value);
    // A number as it is written.
    bool number(std::string_view* text);
    bool boolean(bool* value);
    bool null();
    // Any value, all of it.
    bool skip();

    // Whether all went well and only white space is left; if not, that is the error.
    bool finish();

    // Everything that is passed from now on is also appended to `out`, without white space and
    // otherwise byte for byte, until stop_copy().
    void start_copy(std::string* out);
    void stop_copy();

    // The text of the name that next_field() has just given, as it is written, quotes included.
    std::string_view raw_name() const { return raw_name_; }

    // Refuses the value that comes next, or that has just been read: "/params/stop: found …,
    // expected …".
    void refuse(std::string_view found, std::string_view expected);
    // The same for the value that comes next: what was found is said by itself.
    void refuse_next(std::string_view expected);
    // Refuses the object that has just ended, or is being read, for the lack of a field.
    void refuse_missing(std::string_view name, std::string_view expected);
    // Refuses it with words of one's own.
    void refuse_because(std::string_view reason, ErrorCode code = ErrorCode::kInvalidArgument);

    bool failed() const { return failed_; }
    // The reason; only if failed().
    Error error() const;
    // Its parts: the place as a JSON pointer, and what is wrong there.
    const std::string& failed_at() const { return failed_at_; }
    const std::string& reason() const { return reason_; }
    ErrorCode code() const { return code_; }

private:
    void skip_space();
    bool expect_value(Kind kind, std::string_view expected);
    bool enter(char open, Kind kind, std::string_view expected);
    bool next(char close, bool* more);
    bool scan_string(std::string_view* raw, bool* has_escapes);
    bool literal(std::string_view word);
    // A byte that JSON does not have at this place.
    bool malformed(std::string_view expected);
    bool malformed_number();

    const char* begin_;
    const char* end_;
    const char* at_;
    std::string_view what_;
    std::size_t levels_around_;
    // At each open level, how many fields or items were passed; not initialised, see Path.
    std::size_t counts_[kNestingMax + 1];
    Path path_;
    std::string_view raw_name_;
    std::string name_scratch_;
    std::string string_scratch_;
    std::string* copy_ = nullptr;
    const char* copied_ = nullptr;
    bool failed_ = false;
    bool is_malformed_ = false;
    ErrorCode code_ = ErrorCode::kInvalidArgument;
    std::string failed_at_;
    std::string reason_;
};

// Checks that `text` is one JSON value and appends it to `out` without white space.
Status minify(std::string_view text, std::string& out, std::string_view what = "json");

}  // namespace daybook::json
