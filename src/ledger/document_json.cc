#include "ledger/document_json.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace daybook::ledger {
namespace {

bool is_hex(const std::string& text, std::size_t digits) {
    return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string dump(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<Document> Document::parse(std::string_view text, DocumentKind kind) {
    auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
        return fail(ErrorCode::kCorrupt, "read {}: it is no {}: found {}, expected a JSON object{}",
                    kind.path, kind.name,
                    // Not the text itself: it may be a key that was named by mistake.
                    object.is_discarded() ? "text that is no JSON" : object.type_name(), kind.cure);
    }
    return Document(std::move(object), std::move(kind));
}

Status Document::check_format(std::int64_t known) const {
    const nlohmann::json* const format = find("format");
    if (format == nullptr || !format->is_number_integer() || *format < 1) {
        return refuse("format", fmt::format("{}", known));
    }
    if (*format == known) return {};
    return fail(ErrorCode::kUnsupported,
                "read {}: the {} has format {}, this version of Daybook knows format {}; nothing "
                "was changed: use a newer version",
                kind_.path, kind_.name, dump(*format), known);
}

Result<std::uint64_t> Document::count(const char* field) const {
    const nlohmann::json* const value = find(field);
    if (value == nullptr || !value->is_number_unsigned()) {
        return refuse(field, "a whole number, 0 or more");
    }
    return value->get<std::uint64_t>();
}

Result<TimestampMs> Document::time(const char* field) const {
    const nlohmann::json* const value = find(field);
    const bool fits = value != nullptr && value->is_number_integer() &&
                      !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
    if (!fits) return refuse(field, "milliseconds since 1970, a whole number");
    return TimestampMs(value->get<std::int64_t>());
}

Result<bool> Document::boolean(const char* field) const {
    const nlohmann::json* const value = find(field);
    if (value == nullptr || !value->is_boolean()) return refuse(field, "true or false");
    return value->get<bool>();
}

Result<std::string> Document::text(const char* field) const {
    const nlohmann::json* const value = find(field);
    if (value == nullptr || !value->is_string()) return refuse(field, "a string");
    return value->get<std::string>();
}

Result<log::PartId> Document::part(const char* field) const {
    const nlohmann::json* const value = find(field);
    const std::optional<log::PartId> part = value != nullptr && value->is_string()
                                                ? log::parse_part_id(value->get<std::string>())
                                                : std::nullopt;
    if (!part) return refuse(field, "a part's name, such as \"day=2026-01-23/part-000001\"");
    return *part;
}

Result<std::string> Document::hex(const char* field, std::size_t digits) const {
    const nlohmann::json* const value = find(field);
    if (value == nullptr || !value->is_string() || !is_hex(value->get<std::string>(), digits)) {
        return refuse(field, fmt::format("{} lower-case hexadecimal digits", digits));
    }
    return value->get<std::string>();
}

Result<std::optional<TimestampMs>> Document::time_or_null(const char* field) const {
    if (is_null(field)) return std::nullopt;
    return time(field);
}

Result<std::optional<std::string>> Document::text_or_null(const char* field) const {
    if (is_null(field)) return std::nullopt;
    return text(field);
}

Result<std::optional<std::string>> Document::hex_or_null(const char* field,
                                                         std::size_t digits) const {
    if (is_null(field)) return std::nullopt;
    return hex(field, digits);
}

bool Document::is_null(const char* field) const {
    const nlohmann::json* const value = find(field);
    return value != nullptr && value->is_null();
}

const nlohmann::json* Document::find(const char* field) const {
    const auto found = object_.find(field);
    return found == object_.end() ? nullptr : &*found;
}

tl::unexpected<Error> Document::refuse(const char* field, std::string_view expected) const {
    const nlohmann::json* const value = find(field);
    return fail(ErrorCode::kCorrupt, "read {}: field `{}` of the {}: found {}, expected {}{}",
                kind_.path, field, kind_.name,
                value == nullptr ? "nothing" : printable(dump(*value)), expected, kind_.cure);
}

std::string json_string(std::string_view text) { return dump(nlohmann::json(text)); }

}  // namespace daybook::ledger
