// Writes JSON text to the end of a string: the hot path of emitting.
//
//     Writer writer(line);
//     writer.raw("{\"n\":");
//     writer.number(3.5);
//     writer.raw("}");
//     RETURN_IF_ERROR(writer.finish());
//
// Nothing is allocated once the string has grown to the size of the lines.  What JSON cannot hold
// (NaN, infinities, bytes that are not UTF-8, nesting above 64) is refused with the JSON pointer of
// the culprit; after the first refusal the calls go on without effect that matters, and finish()
// reports it and takes back everything that was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "daybook/result.h"
#include "daybook/value.h"
#include "json/path.h"
#include "json/rules.h"

namespace daybook::json {

class Reader;

class Writer {
public:
    // Appends to `out`, which nobody else may touch until finish().  What is written stands in one
    // object, the event, which is level 1 of nesting.
    explicit Writer(std::string& out);
    ~Writer() { cut(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Text that is known to be right.
    void raw(std::string_view text) {
        need(text.size());
        if (!text.empty()) std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    // `,"name":`, as a literal, and the place of what follows.
    template <std::size_t N>
    void key(const char (&literal)[N]) {
        raw({literal, N - 1});
        path_.set(std::string_view(literal + 2, N - 5));
    }

    void null() { raw("null"); }
    void boolean(bool value) { raw(value ? "true" : "false"); }
    void integer(std::int64_t value);
    void integer(std::uint64_t value);
    // An integer that must not be below `minimum`.
    void integer(std::int64_t value, std::int64_t minimum);
    void number(double value);
    void string(std::string_view text);
    void string(std::string_view text, Format format);
    void strings(std::span<const std::string_view> list);
    void value(const Value& value);

    // A JSON object: braces and all.
    void object(const Fields& fields, const MapRule& rule = {});
    // The fields of `fields`, each after a comma, within the object that is being written.  None
    // may have a name of `taken`; nor, `in_event`, a name that is reserved.
    void extra(const Fields& fields, std::span<const std::string_view> taken, bool in_event);

    // An object of fixed shape, whose fields begin with commas:
    //     const std::size_t mark = writer.open();  writer.key(…); …  writer.close(mark);
    std::size_t open();
    void close(std::size_t mark);

    // Refuses what is being written: "/metrics/sharpe: found …, expected …".
    void refuse(std::string_view found, std::string_view expected);
    void refuse(ErrorCode code, const std::string& message);
    // Refuses a string: what was found is its beginning and its size.
    void refuse_text(std::string_view text, std::string_view expected);

    // How many bytes have been written.
    std::size_t size() const { return static_cast<std::size_t>(at_ - out_.data()) - begin_; }
    bool failed() const { return failed_; }
    // Ends the writing.  On an error `out` is as it was before, and the message begins with
    // `attempt`.
    Status finish(std::string_view attempt = "write json");

private:
    void need(std::size_t bytes) {
        if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
            grow(bytes);
    }
    void grow(std::size_t bytes);
    void cut();
    void resume();
    void escaped(std::string_view text);
    void json(std::string_view text);
    void list_field(const Field& field, const MapRule& rule);
    bool check_value(const Value& value, const MapRule& rule);
    bool check_extra_name(std::string_view name, std::span<const std::string_view> taken,
                          bool in_event);
    void adopt(Reader& reader);
    void set_error(ErrorCode code, const std::string& place, const std::string& reason);
    bool enter();

    std::string& out_;
    const std::size_t begin_;
    char* at_;
    char* end_;
    Path path_;
    bool failed_ = false;
    ErrorCode code_ = ErrorCode::kInvalidArgument;
    std::string message_;
};

}  // namespace daybook::json
