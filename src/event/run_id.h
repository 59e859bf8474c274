// Ids of runs that were given none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace daybook::event {

// "policy-20260123-091500-5f1c9a2e": says what and when, and with 32 random bits cannot be met
// twice.
std::string make_run_id(std::string_view run_type, TimestampMs now, std::uint32_t random);

}  // namespace daybook::event
