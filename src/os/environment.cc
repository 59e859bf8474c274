#include "os/environment.h"

#include <cstdlib>

namespace daybook::os {

std::string environment_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace daybook::os
