#include "os/error.h"

#include <cerrno>
#include <system_error>

namespace daybook::os {
namespace {

ErrorCode code_of(int error_number) {
    switch (error_number) {
        case ENOENT:
        case ENOTDIR: return ErrorCode::kNotFound;
        case EEXIST: return ErrorCode::kAlreadyExists;
        case EACCES:
        case EPERM:
        case EROFS: return ErrorCode::kPermissionDenied;
        case EAGAIN:
        case EBUSY:
        case ETXTBSY: return ErrorCode::kBusy;
        case ENOSPC:
        case EDQUOT:
        case EFBIG: return ErrorCode::kNoSpace;
        case EINVAL:
        case ENAMETOOLONG:
        case EISDIR:
        case ELOOP: return ErrorCode::kInvalidArgument;
        case ENOLCK:
        case ENOSYS:
        case EOPNOTSUPP: return ErrorCode::kUnsupported;
        default: return ErrorCode::kIo;
    }
}

}  // namespace

Error errno_error(int error_number, std::string_view attempt, std::string_view path) {
    return Error(code_of(error_number), fmt::format("{} {}: {}", attempt, path,
                                                    std::generic_category().message(error_number)));
}

}  // namespace daybook::os
