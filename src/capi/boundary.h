// Where C++ ends: results become codes, and no exception gets through.
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include "base/result.h"
#include "capi/handles.h"

namespace daybook::capi {

daybook_code code_of(ErrorCode code);

// Hands `error` to the caller, if it wants it, and returns its code.
daybook_code report(const Error& error, daybook_error** out) noexcept;
daybook_code report(const std::exception& exception, daybook_error** out) noexcept;

// Runs `body`, a Status(), and reports what goes wrong.  The caller may be C or have been built
// without unwinding: what a library throws, such as for want of memory, ends here.
template <typename Body>
daybook_code guarded(daybook_error** error, Body&& body) {
    try {
        const Status status = std::forward<Body>(body)();
        return status ? DAYBOOK_OK : report(status.error(), error);
    } catch (const std::exception& exception) {
        return report(exception, error);
    }
}

// The same for a body that makes something: `make` is a Result<T>(), put into a new Handle.
template <typename Handle, typename Make>
daybook_code guarded_new(Handle** out, daybook_error** error, Make&& make) {
    return guarded(error, [&]() -> Status {
        if (out == nullptr) {
            return fail(ErrorCode::kInvalidArgument,
                        "daybook: found NULL, expected where to put the handle");
        }
        auto made = std::forward<Make>(make)();
        if (!made) return fail(std::move(made).error());
        *out = new Handle{std::move(*made)};
        return {};
    });
}

// Refuses a handle that is NULL; `what` names it.
Status require(const void* handle, const char* what);

}  // namespace daybook::capi
