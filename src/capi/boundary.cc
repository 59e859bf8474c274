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

daybook_code report(const Error& error, daybook_error** out) {
    // Without memory for the message the code must do.
    if (out != nullptr) *out = new (std::nothrow) daybook_error{error};
    return code_of(error.code());
}

Status require(const void* handle, const char* what) {
    if (handle != nullptr) return {};
    return fail(ErrorCode::kInvalidArgument, "daybook: found NULL, expected a {}", what);
}

}  // namespace daybook::capi
