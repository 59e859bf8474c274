// Variables of this process's environment.
#pragma once

#include <string>

namespace daybook::os {

// The value of the variable; empty if it is not set.  Another thread may not change the environment
// meanwhile.
std::string environment_variable(const char* name);

}  // namespace daybook::os
