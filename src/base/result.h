// What code inside Daybook needs beside the public result.h: making errors and passing them on.
#pragma once

#include <utility>

#include <fmt/format.h>

#include "daybook/result.h"

namespace daybook {

// An error to return from any function whose result is a Result<T> or Status:
//     return fail(ErrorCode::kCorrupt, "read header: got {} of {} bytes", got, want);
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
    return tl::unexpected<Error>(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

// The same for an error that came from below.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace daybook

#define DAYBOOK_CONCAT_INNER(a, b) a##b
#define DAYBOOK_CONCAT(a, b) DAYBOOK_CONCAT_INNER(a, b)

// Returns from the enclosing function if `expression` (a Status or Result) holds an error.
#define RETURN_IF_ERROR(expression)                                                       \
    do {                                                                                  \
        if (auto daybook_status = (expression); !daybook_status.has_value()) {            \
            return ::tl::unexpected<::daybook::Error>(std::move(daybook_status).error()); \
        }                                                                                 \
    } while (false)

// ASSIGN_OR_RETURN(auto value, expression): declares or assigns the value, or returns the error.
#define ASSIGN_OR_RETURN(target, expression) \
    ASSIGN_OR_RETURN_IMPL(DAYBOOK_CONCAT(daybook_result_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_IMPL(result, target, expression)                     \
    auto result = (expression);                                               \
    if (!result.has_value()) {                                                \
        return ::tl::unexpected<::daybook::Error>(std::move(result).error()); \
    }                                                                         \
    target = std::move(*result)
