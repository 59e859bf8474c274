// How long ago something was, for people.
#pragma once

#include <cstdint>
#include <string>

namespace daybook::legacy {

// "90 s", "5 min", "7 h", "12 days"; what lies ahead is "0 s".
std::string age_text(std::int64_t ms);

}  // namespace daybook::legacy
