// What JavaScript passes, as the C interface wants it; and its errors, as JavaScript wants them.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "daybook/daybook.h"

namespace daybook::node {

// Receives the error of one call.
class Caught {
public:
    Caught() = default;
    Caught(const Caught&) = delete;
    Caught& operator=(const Caught&) = delete;
    ~Caught() { daybook_error_free(error_); }

    daybook_error** out() { return &error_; }
    const char* message() const { return daybook_error_message(error_); }
    // Throws into JavaScript an Error whose `code` is the name of `code`, unless that is
    // DAYBOOK_OK. Returns whether it is.
    bool passes(Napi::Env env, daybook_code code) const;

private:
    daybook_error* error_ = nullptr;
};

// Throws into JavaScript: what was called with arguments that lib/ never passes.
void throw_misuse(Napi::Env env, const std::string& message);

inline daybook_str borrowed(const std::string& text) {
    return {.data = text.data(), .size = text.size()};
}
// Not given: `data` NULL.
inline daybook_str borrowed(const std::optional<std::string>& text) {
    return text ? borrowed(*text) : daybook_text(nullptr);
}

// Text of UTF-8; nullopt where JavaScript passes undefined or null.
std::optional<std::string> optional_text(const Napi::Value& value);
std::string text_of(const Napi::Value& value);

// JSON text as an object; none where it was not given.
inline daybook_object json_object(const std::optional<std::string>& json) {
    daybook_object object = daybook_no_fields();
    object.json = borrowed(json);
    return object;
}

std::size_t index_of(const Napi::Value& value);
std::optional<std::int64_t> optional_integer(const Napi::Value& value);

// A member of an options object.
std::optional<std::string> text_member(const Napi::Object& object, const char* name);
std::optional<std::int64_t> integer_member(const Napi::Object& object, const char* name);
bool flag_member(const Napi::Object& object, const char* name);  // true: it is there, and true

}  // namespace daybook::node
