#include <set>
#include <string>

#include <gtest/gtest.h>

#include "capi/boundary.h"
#include "daybook/daybook.h"

namespace daybook::capi {
namespace {

TEST(ErrorCodes, HaveTheNamesThatCppGivesThem) {
    std::set<daybook_code> seen;
    for (const ErrorCode code :
         {ErrorCode::kInvalidArgument, ErrorCode::kNotFound, ErrorCode::kAlreadyExists,
          ErrorCode::kPermissionDenied, ErrorCode::kBusy, ErrorCode::kNoSpace, ErrorCode::kIo,
          ErrorCode::kCorrupt, ErrorCode::kUnsupported, ErrorCode::kLimit, ErrorCode::kCancelled,
          ErrorCode::kInternal}) {
        EXPECT_STREQ(daybook_code_name(code_of(code)), to_string(code));
        EXPECT_TRUE(seen.insert(code_of(code)).second);
    }
    EXPECT_STREQ(daybook_code_name(DAYBOOK_OK), "ok");
    EXPECT_STREQ(daybook_code_name(99), "unknown");
}

TEST(ErrorCodes, OfNoErrorThereIsNothingToSay) {
    EXPECT_EQ(daybook_error_code(nullptr), DAYBOOK_OK);
    EXPECT_STREQ(daybook_error_message(nullptr), "");
    daybook_error_free(nullptr);
}

TEST(Version, IsThatOfTheHeader) {
    EXPECT_EQ(daybook_abi_version(), DAYBOOK_ABI_VERSION);
    EXPECT_NE(std::string(daybook_version()), "");
}

}  // namespace
}  // namespace daybook::capi
