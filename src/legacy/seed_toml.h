// The mapping of the files that the system before Daybook wrote.
#pragma once

#include <string_view>

namespace daybook::legacy {

// The text of mappings/seed.toml.
extern const std::string_view kSeedToml;

}  // namespace daybook::legacy
