#include "arguments.h"

namespace daybook::node {

bool Caught::passes(Napi::Env env, daybook_code code) const {
    if (code == DAYBOOK_OK) return true;
    napi_throw_error(env, daybook_code_name(code), message());
    return false;
}

void throw_misuse(Napi::Env env, const std::string& message) {
    napi_throw_error(env, daybook_code_name(DAYBOOK_INVALID_ARGUMENT), message.c_str());
}

std::optional<std::string> optional_text(const Napi::Value& value) {
    if (!value.IsString()) return std::nullopt;
    return value.As<Napi::String>().Utf8Value();
}

std::string text_of(const Napi::Value& value) { return optional_text(value).value_or(""); }

std::size_t index_of(const Napi::Value& value) {
    std::uint32_t index = UINT32_MAX;
    napi_get_value_uint32(value.Env(), value, &index);
    return index;
}

std::optional<std::int64_t> optional_integer(const Napi::Value& value) {
    if (value.IsBigInt()) {
        bool lossless = false;
        return value.As<Napi::BigInt>().Int64Value(&lossless);
    }
    if (!value.IsNumber()) return std::nullopt;
    return value.As<Napi::Number>().Int64Value();
}

std::optional<std::string> text_member(const Napi::Object& object, const char* name) {
    return optional_text(object.Get(name));
}

std::optional<std::int64_t> integer_member(const Napi::Object& object, const char* name) {
    return optional_integer(object.Get(name));
}

bool flag_member(const Napi::Object& object, const char* name) {
    const Napi::Value value = object.Get(name);
    return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

}  // namespace daybook::node
