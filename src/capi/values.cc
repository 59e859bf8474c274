#include "capi/values.h"

#include "base/result.h"

namespace daybook::capi {
namespace {

Result<Value> value_of(const daybook_field& field) {
    switch (field.type) {
        case DAYBOOK_TYPE_NULL: return Value();
        case DAYBOOK_TYPE_BOOL: return Value(field.value.boolean != 0);
        case DAYBOOK_TYPE_INT: return Value(field.value.integer);
        case DAYBOOK_TYPE_UINT: return Value(field.value.uinteger);
        case DAYBOOK_TYPE_DOUBLE: return Value(field.value.real);
        case DAYBOOK_TYPE_STRING: return Value(view_of(field.value.text));
        case DAYBOOK_TYPE_JSON: return Value(Json{view_of(field.value.text)});
        default: break;
    }
    return fail(ErrorCode::kInvalidArgument, "{}: found type {}, expected a daybook_type",
                view_of(field.name), field.type);
}

}  // namespace

std::string_view view_of(daybook_str text) {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

std::optional<std::string_view> optional_view_of(daybook_str text) {
    if (text.data == nullptr) return std::nullopt;
    return std::string_view(text.data, text.size);
}

std::vector<std::string_view> views_of(const daybook_str* texts, std::size_t count) {
    std::vector<std::string_view> views;
    views.reserve(count);
    for (std::size_t i = 0; i < count; ++i) views.push_back(view_of(texts[i]));
    return views;
}

Result<std::optional<Durability>> durability_of(daybook_durability durability) {
    switch (durability) {
        case DAYBOOK_DURABILITY_DEFAULT: return std::nullopt;
        case DAYBOOK_DURABILITY_BUFFERED: return Durability::kBuffered;
        case DAYBOOK_DURABILITY_PROCESS: return Durability::kProcess;
        case DAYBOOK_DURABILITY_POWER: return Durability::kPower;
    }
    return fail(ErrorCode::kInvalidArgument, "durability: found {}, expected a daybook_durability",
                durability);
}

Status check_size(std::size_t size, std::size_t size_min, std::string_view what) {
    if (size >= size_min) return {};
    return fail(ErrorCode::kInvalidArgument,
                "{}: size: found {}, expected {} or more; initialise it with {}_init()", what, size,
                size_min, what);
}

Result<Object> Object::read(const daybook_object& object, std::string_view what) {
    Object read;
    read.json_ = view_of(object.json);
    if (!read.json_.empty() && object.count > 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "{}: found both fields and JSON, expected one of them", what);
    }
    if (object.count > 0 && object.fields == nullptr) {
        return fail(ErrorCode::kInvalidArgument, "{}: found NULL, expected {} fields", what,
                    object.count);
    }
    read.count_ = object.count;
    if (object.count > kInline) read.long_.resize(object.count);
    Field* const out = object.count > kInline ? read.long_.data() : read.short_.data();
    for (std::size_t i = 0; i < object.count; ++i) {
        auto value = value_of(object.fields[i]);
        if (!value) return fail(value.error().with_context(std::string(what)));
        out[i] = {view_of(object.fields[i].name), *value};
    }
    return read;
}

Fields Object::fields() const {
    if (!json_.empty()) return Json{json_};
    const Field* const data = count_ > kInline ? long_.data() : short_.data();
    return std::span(data, count_);
}

}  // namespace daybook::capi
