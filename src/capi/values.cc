#include "capi/values.h"

#include <memory>

#include "base/result.h"

namespace daybook::capi {
namespace {

// False: there is no such type.
bool put_field(const daybook_field& field, Field* out) {
    const auto put = [&](Value value) { std::construct_at(out, view_of(field.name), value); };
    switch (field.type) {
        case DAYBOOK_TYPE_NULL: put({}); return true;
        case DAYBOOK_TYPE_BOOL: put(field.value.boolean != 0); return true;
        case DAYBOOK_TYPE_INT: put(field.value.integer); return true;
        case DAYBOOK_TYPE_UINT: put(field.value.uinteger); return true;
        case DAYBOOK_TYPE_DOUBLE: put(field.value.real); return true;
        case DAYBOOK_TYPE_STRING: put(view_of(field.value.text)); return true;
        case DAYBOOK_TYPE_JSON: put(Json{view_of(field.value.text)}); return true;
        default: return false;
    }
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

Status Object::read(const daybook_object& object, std::string_view what) {
    const std::string_view json = view_of(object.json);
    if (!json.empty() && object.count > 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "{}: found both fields and JSON, expected one of them", what);
    }
    if (object.count > 0 && object.fields == nullptr) {
        return fail(ErrorCode::kInvalidArgument, "{}: found NULL, expected {} fields", what,
                    object.count);
    }
    if (object.count > kInline) long_.resize(object.count);
    Field* const out = object.count > kInline ? long_.data() : short_.fields.data();
    for (std::size_t i = 0; i < object.count; ++i) {
        const daybook_field& field = object.fields[i];
        if (put_field(field, out + i)) continue;
        return fail(ErrorCode::kInvalidArgument, "{}: {}: found type {}, expected a daybook_type",
                    what, view_of(field.name), field.type);
    }
    json_ = json;
    count_ = object.count;
    return {};
}

Fields Object::fields() const {
    if (!json_.empty()) return Json{json_};
    const Field* const data = count_ > kInline ? long_.data() : short_.fields.data();
    return std::span(data, count_);
}

}  // namespace daybook::capi
