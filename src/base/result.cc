#include "base/result.h"

#include "base/check.h"

namespace daybook {

const char* to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument: return "invalid_argument";
        case ErrorCode::kNotFound: return "not_found";
        case ErrorCode::kAlreadyExists: return "already_exists";
        case ErrorCode::kPermissionDenied: return "permission_denied";
        case ErrorCode::kBusy: return "busy";
        case ErrorCode::kNoSpace: return "no_space";
        case ErrorCode::kIo: return "io";
        case ErrorCode::kCorrupt: return "corrupt";
        case ErrorCode::kUnsupported: return "unsupported";
        case ErrorCode::kLimit: return "limit";
        case ErrorCode::kCancelled: return "cancelled";
        case ErrorCode::kInternal: return "internal";
    }
    DAYBOOK_CHECK(false);
}

}  // namespace daybook
