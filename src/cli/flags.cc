#include "cli/flags.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace daybook::cli {

std::vector<std::string_view> split_choices(std::string_view choices) {
    std::vector<std::string_view> names;
    while (true) {
        const std::size_t bar = choices.find('|');
        names.push_back(choices.substr(0, bar));
        if (bar == std::string_view::npos) return names;
        choices.remove_prefix(bar + 1);
    }
}

std::string refuse_unless_choice(std::string_view value, std::string_view choices) {
    const std::vector<std::string_view> names = split_choices(choices);
    if (std::find(names.begin(), names.end(), value) != names.end()) return "";
    const std::string_view nearest = nearest_name(value, names);
    return fmt::format("'{}' is none of {}{}", printable(value), fmt::join(names, ", "),
                       nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest));
}

std::string refuse_if_empty(const std::string& value) {
    return value.empty() ? "found '', expected something; leave the flag out for its default" : "";
}

std::string refuse_unless_count(const std::string& value) {
    // 18 digits fit every type that is counted with, and SQL's LIMIT.
    const bool digits = value.find_first_not_of("0123456789") == std::string::npos;
    if (digits && !value.empty() && value.size() <= 18) return "";
    return fmt::format("found '{}', expected a count: 0, 1, 2 …", printable(value));
}

CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value,
                        std::string_view choices, const std::string& description) {
    // The validator has no name of its own: CLI11 would print it beside the type.
    return app.add_option(name, value, description)
        ->type_name(std::string(choices))
        ->check(CLI::Validator(
            [choices](const std::string& text) { return refuse_unless_choice(text, choices); },
            ""));
}

Status name_flags(Status checked) {
    if (checked) return {};
    return fail(checked.error().code(), "--{}", checked.error().message());
}

}  // namespace daybook::cli
