#include "capi/boundary.h"

#include <new>

namespace daybook::capi {

daybook_code code_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument: return DAYBOOK_INVALID_ARGUMENT;
        case ErrorCode::kNotFound: return DAYBOOK_NOT_FOUND;
        case ErrorCode::kAlreadyExists: return DAYBOOK_ALREADY_EXISTS;
        case ErrorCode::kPermissionDenied: return DAYBOOK_PERMISSION_DENIED;
        case ErrorCode::kBusy: return DAYBOOK_BUSY;
        case ErrorCode::kNoSpace: return DAYBOOK_NO_SPACE;
        case ErrorCode::kIo: return DAYBOOK_IO;
        case ErrorCode::kCorrupt: return DAYBOOK_CORRUPT;
        case ErrorCode::kUnsupported: return DAYBOOK_UNSUPPORTED;
        case ErrorCode::kLimit: return DAYBOOK_LIMIT;
        case ErrorCode::kCancelled: return DAYBOOK_CANCELLED;
        case ErrorCode::kInternal: return DAYBOOK_INTERNAL;
    }
    return DAYBOOK_INTERNAL;
}

daybook_code report(const Error& error, daybook_error** out) noexcept {
    if (out == nullptr) return code_of(error.code());
    try {
        *out = new daybook_error{error};
    } catch (const std::bad_alloc&) {
        // Without memory for the message the code must do.
        *out = nullptr;
    }
    return code_of(error.code());
}

daybook_code report(const std::exception& exception, daybook_error** out) noexcept {
    try {
        return report(Error(ErrorCode::kInternal, exception.what()), out);
    } catch (const std::bad_alloc&) {
        if (out != nullptr) *out = nullptr;
        return DAYBOOK_INTERNAL;
    }
}

Status require(const void* handle, const char* what) {
    if (handle != nullptr) return {};
    return fail(ErrorCode::kInvalidArgument, "daybook: found NULL, expected a {}", what);
}

}  // namespace daybook::capi
