// What is to be captured, as the environment says.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace daybook::capture {

// A process's environment: names and values.
using Environment = std::vector<std::pair<std::string, std::string>>;

// The value of a variable; empty if it is not set.
std::string_view variable_of(const Environment& environment, std::string_view name);

struct Settings {
    bool enabled = true;
    bool diff = true;  // keep what differs from the commit
    bool operator==(const Settings&) const = default;
};

// DAYBOOK_CAPTURE: "all" (also if unset), "no-diff", "off".  kInvalidArgument: anything else.
Result<Settings> read_settings(const Environment& environment);

}  // namespace daybook::capture
