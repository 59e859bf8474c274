// Assertions about our own code, on in release builds too.
#pragma once

namespace daybook::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

// Stops the process, naming the condition, if our own code is wrong.  Never for input, files or the
// operating system: those return errors.
#define DAYBOOK_CHECK(condition)                                             \
    do {                                                                     \
        if (!(condition)) [[unlikely]] {                                     \
            ::daybook::detail::check_failed(#condition, __FILE__, __LINE__); \
        }                                                                    \
    } while (false)
