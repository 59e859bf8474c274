#include "capture/settings.h"

#include <algorithm>

#include "base/text.h"

namespace daybook::capture {

std::string_view variable_of(const Environment& environment, std::string_view name) {
    const auto found = std::find_if(environment.begin(), environment.end(),
                                    [&](const auto& variable) { return variable.first == name; });
    return found == environment.end() ? std::string_view() : found->second;
}

Result<Settings> read_settings(const Environment& environment) {
    const std::string_view value = variable_of(environment, "DAYBOOK_CAPTURE");
    if (value.empty() || value == "all") return Settings{};
    if (value == "no-diff") return Settings{.diff = false};
    if (value == "off") return Settings{.enabled = false, .diff = false};
    return fail(ErrorCode::kInvalidArgument,
                "DAYBOOK_CAPTURE: found '{}', expected all, no-diff or off", printable(value));
}

}  // namespace daybook::capture
