#include "legacy/age.h"

#include <algorithm>

#include <fmt/format.h>

namespace daybook::legacy {

std::string age_text(std::int64_t ms) {
    const std::int64_t seconds = std::max<std::int64_t>(ms, 0) / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} days", seconds / 86'400);
}

}  // namespace daybook::legacy
