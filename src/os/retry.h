// System calls that a signal has interrupted.
#pragma once

#include <cerrno>

namespace daybook::os {

// Repeats `call` while a signal interrupts it.
template <typename Call>
auto retry_interrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

}  // namespace daybook::os
