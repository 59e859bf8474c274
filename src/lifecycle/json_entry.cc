#include "lifecycle/json_entry.h"

#include <algorithm>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace daybook::lifecycle {

tl::unexpected<Error> JsonEntry::refuse(std::string_view key, std::string_view found,
                                        std::string_view expected) const {
    return fail(ErrorCode::kCorrupt, "read {}: {}: `{}`: found {}, expected {}", path_, place_, key,
                printable(found), expected);
}

const JsonEntry::Object* JsonEntry::find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

Status JsonEntry::check_keys(std::span<const std::string_view> known) const {
    for (const auto& [key, value] : object_.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string_view near = nearest_name(key, known);
        return refuse(printable(key), value.dump(),
                      near.empty() ? fmt::format("no key but {}", fmt::join(known, ", "))
                                   : fmt::format("no such key; did you mean `{}`?", near));
    }
    return {};
}

Result<std::optional<std::string>> JsonEntry::text(const char* key,
                                                   std::string_view expected) const {
    const Object* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) return refuse(key, value->dump(), expected);
    return value->get<std::string>();
}

Result<std::optional<std::uint64_t>> JsonEntry::count(const char* key, std::uint64_t most) const {
    const Object* const value = find(key);
    if (value == nullptr) return std::nullopt;
    const bool is_count = value->is_number_unsigned() && value->get<std::uint64_t>() >= 1 &&
                          value->get<std::uint64_t>() <= most;
    if (!is_count) {
        return refuse(key, value->dump(), fmt::format("a whole number from 1 to {}", most));
    }
    return value->get<std::uint64_t>();
}

Result<std::optional<bool>> JsonEntry::boolean(const char* key) const {
    const Object* const value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) return refuse(key, value->dump(), "true or false");
    return value->get<bool>();
}

Result<std::vector<std::string>> JsonEntry::texts(const char* key,
                                                  std::string_view expected) const {
    std::vector<std::string> texts;
    const Object* const value = find(key);
    if (value == nullptr) return texts;
    const auto take = [&](const Object& item) {
        const bool is_text = item.is_string() && !item.get_ref<const std::string&>().empty();
        if (is_text) texts.push_back(item.get<std::string>());
        return is_text;
    };
    if (!value->is_array()) {
        if (!take(*value)) return refuse(key, value->dump(), expected);
        return texts;
    }
    for (const Object& item : *value) {
        if (!take(item)) return refuse(key, item.dump(), expected);
    }
    return texts;
}

}  // namespace daybook::lifecycle
