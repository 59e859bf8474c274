#include "os/error.h"

#include <cerrno>
#include <utility>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

TEST(ErrnoError, SaysWhatWasTriedAndWhatHappened) {
    EXPECT_EQ(errno_error(ENOSPC, "write", "a/b"),
              Error(ErrorCode::kNoSpace, "write a/b: No space left on device"));
}

TEST(ErrnoError, ItsCodeTellsTheNextStep) {
    const std::pair<int, ErrorCode> expected[] = {
        {ENOENT, ErrorCode::kNotFound},
        {ENOTDIR, ErrorCode::kNotFound},
        {EEXIST, ErrorCode::kAlreadyExists},
        {EACCES, ErrorCode::kPermissionDenied},
        {EPERM, ErrorCode::kPermissionDenied},
        {EROFS, ErrorCode::kPermissionDenied},
        {EAGAIN, ErrorCode::kBusy},
        {EBUSY, ErrorCode::kBusy},
        {ETXTBSY, ErrorCode::kBusy},
        {ENOSPC, ErrorCode::kNoSpace},
        {EDQUOT, ErrorCode::kNoSpace},
        {EFBIG, ErrorCode::kNoSpace},
        {EINVAL, ErrorCode::kInvalidArgument},
        {ENAMETOOLONG, ErrorCode::kInvalidArgument},
        {EISDIR, ErrorCode::kInvalidArgument},
        {ELOOP, ErrorCode::kInvalidArgument},
        {ENOLCK, ErrorCode::kUnsupported},
        {ENOSYS, ErrorCode::kUnsupported},
        {EOPNOTSUPP, ErrorCode::kUnsupported},
        {EIO, ErrorCode::kIo},
        {EMFILE, ErrorCode::kIo},
        {ENOMEM, ErrorCode::kIo},
    };
    for (const auto& [error_number, code] : expected) {
        EXPECT_EQ(errno_error(error_number, "x", "y").code(), code) << error_number;
    }
}

}  // namespace
}  // namespace daybook::os
