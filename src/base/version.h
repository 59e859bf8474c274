// Which Daybook this is.
#pragma once

#include <string_view>

namespace daybook {

// "0.1.0"; the number in CMakeLists.txt.
std::string_view version();
// What it was compiled with, such as "g++ 12.2.0".
std::string_view compiler();

}  // namespace daybook
