#include "archive/retained_days.h"

#include <nlohmann/json.hpp>

namespace daybook::archive {
namespace {
constexpr const char* kKey = "days";
}  // namespace

std::optional<std::vector<Day>> retained_days(const Retained& retained) {
    const auto object = nlohmann::json::parse(retained.other, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    const auto found = object.find(kKey);
    if (found == object.end() || !found->is_array()) return std::nullopt;
    std::vector<Day> days;
    for (const auto& item : *found) {
        const auto day =
            item.is_string() ? parse_day(item.get_ref<const std::string&>()) : std::nullopt;
        if (!day) return std::nullopt;
        days.push_back(*day);
    }
    return days;
}

std::string encode_retained_days(std::span<const Day> days) {
    nlohmann::json list = nlohmann::json::array();
    for (const Day day : days) list.push_back(to_string(day));
    return nlohmann::json{{kKey, std::move(list)}}.dump();
}

}  // namespace daybook::archive
